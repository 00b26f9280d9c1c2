import CLaunch
import Contract
import Glibc
import Server

/// Two programs share the command line: `roster` keeps stores in files, and `roster-postgres` on a
/// database server. Each replaces itself by the other for a store that it can't open, so that
/// process id, pipes and signals stay.
enum Handover {
  static let fileProgram = "roster"
  static let serverProgram = "roster-postgres"
  /// Holds the version of the program that handed over.
  private static let variable = "ROSTER_HANDED_OVER"

  /// Returns if this program is the right one. Nothing may have been taken from the environment yet.
  static func run(_ words: [String], keepsOnServer: Bool) throws {
    let sender = try Launch.variable(variable)
    unsetenv(variable)
    let own = keepsOnServer ? serverProgram : fileProgram
    let other = keepsOnServer ? fileProgram : serverProgram
    if let sender, sender != rosterVersion {
      throw CommandError(
        "\(other) is version \(sender), and \(own) beside it is version \(rosterVersion)",
        "Install both from the same release.")
    }
    if try isForServer(words) == keepsOnServer || !takesStore(words) { return }
    if sender != nil { throw UsageError("--store, --from and --to each name one store") }
    try replace(by: other, words)
  }

  /// Whether a store is on a database server: by the last `--store` or by the environment, or by either
  /// address of a copy.
  private static func isForServer(_ words: [String]) throws -> Bool {
    if words.first == Command.copy.rawValue {
      return values(of: "--from", in: words).contains(where: ServerLocation.isServer)
        || values(of: "--to", in: words).contains(where: ServerLocation.isServer)
    }
    let value = try values(of: "--store", in: words).last ?? Launch.variable("ROSTER_STORE") ?? ""
    return ServerLocation.isServer(value)
  }

  private static func values(of option: String, in words: [String]) -> [String] {
    var values: [String] = []
    for (at, word) in words.enumerated() {
      if word == "--" { break }
      if word == option, at + 1 < words.count { values.append(words[at + 1]) }
      if let given = word.behind(option + "=") { values.append(given) }
    }
    return values
  }

  /// Whether the command takes the address of a store.
  private static func takesStore(_ words: [String]) -> Bool {
    guard let command = words.first.flatMap(Command.named) else { return false }
    return command == .copy || Option.taken(by: command).contains { $0.name == "--store" }
  }

  private static func replace(by other: String, _ words: [String]) throws {
    let folder = try Launch.place().folder
    let program = folder + "/" + other
    setenv(variable, rosterVersion, 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) } + [nil]
    execv(program, &arguments)
    let problem = errno
    for argument in arguments { free(argument) }
    if problem == ENOENT {
      throw CommandError(
        "a store of this kind needs the program \(other), which is not in \(folder)",
        "Install it from the release of \(rosterVersion), beside this program.")
    }
    throw CommandError(
      "\(program) can't be started: \(String(cString: strerror(problem)))",
      "Install it from the release of \(rosterVersion).")
  }
}
