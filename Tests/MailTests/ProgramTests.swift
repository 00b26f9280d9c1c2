import Foundation
import TestSupport
import Testing
import Users

@testable import Mail

@Suite struct ProgramTests {
  @Test(
    "The exit status of the program decides whether a letter was delivered",
    arguments: [
      ("cat >/dev/null", true),
      ("cat >/dev/null; exit 75", false),
      ("cat >/dev/null; kill -KILL $$", false),
      ("exit 0", true),
      ("exit 1", false),
      ("exec <&-; sleep 0.1", true),
      ("exec <&-; sleep 0.1; exit 1", false),
      ("head -c 10 >/dev/null", true),
      ("cat >/dev/null & exit 0", true),
    ])
  func outcomes(script: String, isDelivered: Bool) throws {
    let folder = try TemporaryFolder()
    let mailer = try mailer(script, in: folder)
    #expect(mailer.deliver(letter(), msMax: 10_000, isStopping: { false }) == isDelivered)
  }

  @Test("The program's input is the message, with LF line ends") func content() throws {
    let folder = try TemporaryFolder()
    #expect(
      try mailer("cat >$1/out", in: folder).deliver(letter(), msMax: 10_000, isStopping: { false }))
    let content = text(try folder.bytes("out"))
    #expect(content.hasPrefix("Date: "))
    #expect(content.contains("\nTo: Ada Lovelace <ada@acme.example>\n"))
    #expect(content.contains("\n\n\(token)\n\n"))
    #expect(content.hasSuffix(".\n"))
    #expect(!content.utf8.contains(13))
  }

  @Test("The command is split at spaces and runs without a shell") func arguments() throws {
    let folder = try TemporaryFolder()
    let script = try folder.write("script", #"printf '%s|' "$@" >"${0%script}out""#)
    let command = "sendmail:/bin/sh \(script)  -t '$HOME x' ;ls"
    let mailer = try #require(try Mailer(command, from: nil, link: nil))
    #expect(mailer.deliver(letter(), msMax: 10_000, isStopping: { false }))
    #expect(text(try folder.bytes("out")) == "-t|'$HOME|x'|;ls|")
  }

  @Test(
    "A program that takes too long is killed together with its child processes",
    arguments: [
      "echo $$ >$1/pid; trap '' TERM; exec sleep 60",
      "cat >/dev/null; echo $$ >$1/pid; exec sleep 60",
      "sleep 60 & echo $! >$1/pid; wait",
      "exec <&-; echo $$ >$1/pid; exec sleep 60",
    ])
  func slow(script: String) throws {
    let folder = try TemporaryFolder()
    let mailer = try mailer(script, in: folder)
    let start = ContinuousClock.now
    #expect(!mailer.deliver(letter(), msMax: 1000, isStopping: { false }))
    let took = ContinuousClock.now - start
    #expect(took >= .seconds(1) && took < .seconds(8), "\(took)")
    try #expect(isGone(folder))
  }

  @Test("A program that exits with 0 may leave other processes running") func background() throws {
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    let script = "cat >/dev/null; sleep 60 & echo $! >$1/pid"
    #expect(try mailer(script, in: folder).deliver(letter(), msMax: 10_000, isStopping: { false }))
    #expect(ContinuousClock.now - start < .seconds(5))
    let pid = try pid(folder)
    usleep(100_000)
    #expect(isRunning(pid))
    kill(pid, SIGKILL)
  }

  @Test("After a stop request the process waits one more second for the program") func stopping()
    throws
  {
    let folder = try TemporaryFolder()
    let mailer = try mailer("echo $$ >$1/pid; exec sleep 60", in: folder)
    let start = ContinuousClock.now
    #expect(
      !mailer.deliver(
        letter(), msMax: 10_000, isStopping: { ContinuousClock.now - start > .seconds(1) }))
    let took = ContinuousClock.now - start
    #expect(took >= .seconds(1.9) && took < .seconds(5), "\(took)")
    try #expect(isGone(folder))
  }

  @Test("After a stop request a program that is nearly done may still deliver")
  func nearlyDone() throws {
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    let mailer = try mailer("cat >/dev/null; sleep 0.4", in: folder)
    #expect(
      mailer.deliver(
        letter(), msMax: 10_000, isStopping: { ContinuousClock.now - start > .seconds(0.05) }))
  }

  @Test("After a stop request no program is started") func stopped() throws {
    let folder = try TemporaryFolder()
    let mailer = try mailer("touch $1/ran", in: folder)
    #expect(!mailer.deliver(letter(), msMax: 10_000, isStopping: { true }))
    #expect(try folder.names() == ["script"])
  }

  /// More than a pipe can hold.
  private static let large = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) })

  @Test("A message that is larger than a pipe is written completely") func large() throws {
    let folder = try TemporaryFolder()
    let script = try folder.write("script", "sleep 0.1; cat >$1/out")
    let program = try Program("/bin/sh \(script) \(folder.path)")
    #expect(program.run(Self.large, msMax: 20_000) { false })
    #expect(try folder.bytes("out") == Self.large)
  }

  @Test(
    "A program that exits with 0 before it has read a large message did not deliver it",
    arguments: ["exit 0", "exec <&-; sleep 0.2", "head -c 100000 >/dev/null"])
  func unread(script: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("script", script)
    #expect(!(try Program("/bin/sh \(file)").run(Self.large, msMax: 20_000) { false }))
  }

  private func pid(_ folder: TemporaryFolder) throws -> pid_t {
    let words = text(try folder.bytes("pid")).split(separator: "\n")
    return try #require(words.first.flatMap { pid_t($0) })
  }

  /// Whether the process whose id the script wrote ends within a second. Its new parent has to reap it.
  private func isGone(_ folder: TemporaryFolder) throws -> Bool {
    let pid = try pid(folder)
    for _ in 0..<100 where isRunning(pid) { usleep(10_000) }
    return !isRunning(pid)
  }

  private func isRunning(_ pid: pid_t) -> Bool {
    let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    return state.map { !$0.contains(") Z ") } ?? false
  }
}
