import Foundation

/// The location of the `roster` under test.
public enum RosterBinary {
  /// `ROSTER` from the environment, else the binary in the folder of the test program.
  public static let path: String =
    ProcessInfo.processInfo.environment["ROSTER"] ?? besideThisProgram

  /// The debug build, which has failpoints.
  public static var besideThisProgram: String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "roster").path(percentEncoded: false)
  }
}

/// A condition that a test can't continue without has failed; the description says which.
public struct TestFailure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }

  static func system(_ call: String) -> TestFailure {
    TestFailure("\(call): \(String(cString: strerror(errno)))")
  }
}

/// A folder that is removed with the last reference to it.
public final class TemporaryFolder {
  public let path: String

  public init() throws {
    var template = Array((NSTemporaryDirectory() + "roster-test-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure.system("mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { _ = try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder, which need not exist.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file with this content, and returns its path.
  public func write(_ name: String, _ content: String) throws -> String {
    try write(name, Array(content.utf8))
  }

  public func write(_ name: String, _ content: [UInt8]) throws -> String {
    try Data(content).write(to: URL(filePath: file(name)))
    return file(name)
  }

  public func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: file(name))))
  }

  /// The names of all files in the folder, sorted.
  public func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
