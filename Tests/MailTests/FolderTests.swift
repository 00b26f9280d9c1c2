import Foundation
import TestSupport
import Testing
import Users

@testable import Mail

@Suite struct FolderTests {
  @Test("Each letter becomes a complete file that only its owner can read") func files() throws {
    let folder = try TemporaryFolder()
    let mailer = try #require(try Mailer("dir:\(folder.path)", from: nil, link: nil))
    for n in 0..<50 {
      // A process that was asked to stop still delivers: writing a file takes no time.
      #expect(mailer.deliver(letter(name: "N\(n)"), msMax: 10_000, isStopping: { true }))
    }
    let names = try folder.names()
    #expect(names.count == 50)
    for (n, name) in names.enumerated() {
      #expect(name.wholeMatch(of: /\d{8}T\d{6}\.\d{9}Z-[0-9A-Za-z]{12}\.eml/) != nil, "\(name)")
      let content = text(try folder.bytes(name))
      // Names sort by time.
      #expect(content.contains("\r\nHello N\(n),\r\n"))
      #expect(content.utf8.count { $0 == 10 } == content.utf8.count { $0 == 13 })
      #expect(content.hasSuffix("\r\n"))
      let facts = try FileManager.default.attributesOfItem(atPath: folder.file(name))
      #expect(facts[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test("A letter that can't be written leaves no file") func failure() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("mail")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let mailer = try #require(try Mailer("dir:\(path)", from: nil, link: nil))
    #expect(!mailer.deliver(letter(to: "a@b>,<root"), msMax: 10_000, isStopping: { false }))
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
    try FileManager.default.removeItem(atPath: path)
    #expect(!mailer.deliver(letter(), msMax: 10_000, isStopping: { false }))
  }

  @Test("A letter that does not fit on the disk leaves no file") func fullDisk() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let mailer = try #require(try Mailer("dir:\(folder.path)", from: nil, link: nil))
      signal(SIGXFSZ, SIG_IGN)
      let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      var limit = rlimit()
      getrlimit(fileSize, &limit)
      limit.rlim_cur = 100
      setrlimit(fileSize, &limit)
      #expect(!mailer.deliver(letter(), msMax: 10_000, isStopping: { false }))
      #expect(try folder.names() == [])
      limit.rlim_cur = limit.rlim_max
      setrlimit(fileSize, &limit)
      #expect(mailer.deliver(letter(), msMax: 10_000, isStopping: { false }))
    }
  }
}
