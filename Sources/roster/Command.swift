/// One word behind `roster`.
struct Command: Sendable {
  let name: String
  let summary: String
  let usage: String
  /// The options that it takes, besides --help.
  let options: [String]
  let run: @Sendable (Options) throws -> Void

  static let all = [
    serveCommand, initCommand, callCommand, importCommand, exportCommand, tokenCommand,
    backupCommand, doctorCommand, configCommand, openRPCCommand,
  ]
}
