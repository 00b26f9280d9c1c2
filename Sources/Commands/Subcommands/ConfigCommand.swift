import Contract
import Glibc

enum ConfigCommand: Subcommand {
  static let description = CommandDescription(
    "Print the configuration with which a host starts Roster.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "HOST", .words { Host.names }, "one of " + Host.names.joined(separator: ", ")))
    ],
    paragraphs: [
      """
      Accepts the options of roster serve and prints them with absolute paths; it does not read \
      the token file. The configuration goes to standard output, and where to put it to standard \
      error.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let host = try Host(named: options.operands[0])
    try options.checkForHost()
    let command = try HostCommand(options)
    Terminal.say(host.snippet(command))
    let advice =
      [host.location, host.oneLine(command)].compactMap { $0 } + notes(host, options, command)
    Terminal.complain(.lines(advice.joined(separator: "\n")))
  }
}

extension Host {
  static var names: [String] { allCases.map(\.rawValue) }

  fileprivate init(named word: String) throws {
    guard let host = Self(rawValue: word) ?? Self.aliases[word] else {
      let all = Self.names + Self.aliases.keys.sorted()
      let nearest = Spelling.nearest(to: word.lowercased(), in: all)
      throw UsageError(
        "unknown host \(word)\(nearest.map { "; did you mean \($0)?" } ?? "")\n"
          + "There are \(Self.names.joined(separator: ", ")).")
    }
    self = host
  }
}

extension Options {
  /// Refuses options that `serve` would refuse, or that don't work in a host.
  fileprivate func checkForHost() throws {
    try checkCaller()
    if let policyPath { _ = try PolicyInput.read(policyPath) }
    _ = try postman()
  }
}

/// Notes for a person before the host starts Roster.
private func notes(_ host: Host, _ options: Options, _ command: HostCommand) -> [String] {
  var notes: [String] = []
  if options.inheritedToken != nil {
    notes.append(
      """
      ROSTER_TOKEN is set, but a configuration must not contain a secret: put the token into a \
      file that only you can read, and pass --token-file PATH.
      """)
  }
  if options.caller == nil, options.token == nil {
    notes.append("Without --as or --token-file only the open methods will answer.")
  }
  if let path = command.storePath, access(path, F_OK) != 0 {
    let store = Quoting.shell.literal("file:" + path)
    notes.append(
      "The store does not exist yet. Create it with: roster init --owner EMAIL --store \(store)")
  }
  if let path = command.tokenPath, access(path, R_OK) != 0 {
    notes.append("The token's file can't be read: \(path)")
  }
  if let replaced = host.replaced,
    command.words.contains(where: { word in replaced.marks.contains { word.utf8.contains($0.utf8) }
    })
  {
    notes.append("The host may replace \(replaced.shown); better choose a path without it.")
  }
  return notes
}
