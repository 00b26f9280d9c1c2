import Foundation
import TestSupport
import Testing

@testable import Commands

/// The completions that each shell itself offers; scripts in this folder ask the shells.
@Suite struct CompletionTests {
  /// A command line, and the completions of its last word. DIR is a folder with `users.db`, `token`
  /// and a folder `mails`.
  private static let cases: [(line: String, offered: Set<String>)] = [
    ("roster ser", ["serve"]), ("roster help do", ["doctor"]), ("roster --ver", ["--version"]),
    ("roster completions ", ["bash", "zsh", "fish"]), ("roster config ze", ["zed"]),
    ("roster token ", ["create", "list", "rotate", "revoke"]),
    ("roster help users.get_c", ["users.get_current"]), ("roster types py", ["python"]),
    ("roster call users.list -o c", ["csv"]),
    ("roster watch --types user_c", ["user_created"]), ("roster events ", ["prune"]),
    ("roster policy --store memory s", ["set", "show"]),
    ("roster export --format ", ["jsonl", "csv"]), ("roster export --format=c", ["--format=csv"]),
    ("roster import --format ", ["csv", "jsonl", "json"]),
    ("roster import --if-exists ", ["skip", "update", "error", "return"]),
    ("roster import --store ", ["file:"]), ("roster import --mail dir:DIR/", ["dir:DIR/mails"]),
    ("roster serve --confirm ", ["ask", "never"]), ("roster serve --as ", []),
    ("roster call users.get_c", ["users.get_current"]),
    ("roster call --as serve users.co", ["users.count", "users.complete_password_reset"]),
    ("roster serve --tools users_li", ["users_list"]),
    ("roster serve --allow users.r", ["users.read", "users.reset_password"]),
    ("roster serve --deny users.read,users.e", ["users.read,users.events"]),
    ("roster token create --scopes=users.u", ["--scopes=users.update"]),
    ("roster serve --mail ", ["none", "sendmail", "sendmail:", "dir:"]),
    ("roster serve --mail dir:DIR/", ["dir:DIR/mails"]),
    ("roster serve --store ", ["memory", "file:"]), ("roster doctor --store ", ["file:"]),
    ("roster serve --store file:DIR/u", ["file:DIR/users.db"]),
    ("roster serve --store=file:DIR/u", ["--store=file:DIR/users.db"]),
    ("roster serve --read-only --token-file DIR/t", ["DIR/token"]),
    ("roster import DIR/u", ["DIR/users.db"]), ("roster policy set DIR/t", ["DIR/token"]),
    ("roster policy show DIR/t", []), ("roster token create --da", ["--days"]),
    ("roster token list --da", []), ("roster serve --read", ["--read-only"]),
  ]

  @Test("Every shell completes commands, options, values and paths", arguments: Shell.allCases)
  func completes(_ shell: Shell) throws {
    let folder = try TemporaryFolder()
    for name in ["users.db", "token"] { _ = try folder.write(name, "") }
    let mails = folder.file("mails")
    try FileManager.default.createDirectory(atPath: mails, withIntermediateDirectories: false)
    let lines = Self.cases.map { $0.line.replacing("DIR", with: folder.path) }
    let all = try Self.offered(by: shell, for: lines)
    #expect(all.count == lines.count)
    for ((line, expected), words) in zip(Self.cases, all) {
      let isOption = line.split(separator: " ", omittingEmptySubsequences: false).last?.first == "-"
      // zsh offers options if it has no other completion.
      let offered = words.filter { isOption || !$0.hasPrefix("-") }.map { word in
        let word = word.hasSuffix("/") ? String(word.dropLast()) : word
        return word.replacing(folder.path, with: "DIR")
      }
      #expect(Set(offered) == expected, "\(shell): \(line)")
    }
  }

  @Test("Every shell offers exactly the options of the command", arguments: Shell.allCases)
  func offersOptions(_ shell: Shell) throws {
    let uses = Command.allCases.flatMap { command in
      command.type.description.forms.map { (command, $0.word) }
    }
    let lines = uses.map { "roster \($0.rawValue) \($1.map { $0 + " " } ?? "")--" }
    for ((command, form), words) in zip(uses, try Self.offered(by: shell, for: lines)) {
      let declared = Option.listed(for: command, form: form).map(\.name)
      #expect(Set(words.filter { $0.hasPrefix("--") }) == Set(declared), "\(shell): \(command)")
    }
  }

  @Test("bash parses its script without a warning")
  func bashParses() throws {
    let folder = try TemporaryFolder()
    let script = try folder.write("roster", try roster("completions", "bash").text)
    let bash = try RosterProcess(["-n", script], program: "/bin/bash")
    #expect(try bash.waitForExit() == .exited(0))
    #expect(bash.errorText == "")
  }

  @Test("zsh can also load its script from a folder in fpath")
  func zshAutoloads() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("_roster", try roster("completions", "zsh").text)
    let setup = try folder.write(
      "setup", "fpath=(\(folder.path) $fpath); autoload -U compinit; compinit -D -u")
    let all = try Self.run("zsh", ["-f", Self.driver("zsh"), setup], ["roster ser"])
    #expect(all == [["serve"]])
  }

  private static func driver(_ shell: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "complete.\(shell)").path
  }

  /// The words that the shell would put in place of the last word of each line.
  private static func offered(by shell: Shell, for lines: [String]) throws -> [[String]] {
    let folder = try TemporaryFolder()
    let name = shell.rawValue
    let script = try folder.write("roster.\(name)", try roster("completions", name).text)
    return try run(name, (shell == .zsh ? ["-f"] : []) + [driver(name), script], lines)
  }

  private static func run(
    _ shell: String, _ words: [String], _ lines: [String]
  ) throws -> [[String]] {
    let home = try TemporaryFolder()
    let process = try RosterProcess(
      words, program: "/usr/bin/\(shell)",
      environment: ["HOME": home.path, "PATH": "/usr/bin:/bin", "TERM": "dumb"])
    try process.write(lines.map { $0 + "\n" }.joined())
    process.closeInput()
    let text = String(decoding: try process.readToEnd(), as: UTF8.self)
    #expect(try process.waitForExit() == .exited(0), "\(process.errorText)")
    var all: [[String]] = [[]]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if line.isEmpty { all.append([]) } else { all[all.count - 1].append(String(line)) }
    }
    return all.dropLast()
  }
}
