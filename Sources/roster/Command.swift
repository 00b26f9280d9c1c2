/// One word behind `roster`.
struct Command: Sendable {
  let name: String
  let summary: String
  /// Only its own help asks for it, and no other command waits for it to be put together.
  let usage: @Sendable () -> String
  /// The options that it takes, besides --help.
  let options: @Sendable () -> [String]
  let run: @Sendable (Options) throws -> Void

  init(
    name: String, summary: String, usage: @autoclosure @escaping @Sendable () -> String,
    options: @autoclosure @escaping @Sendable () -> [String],
    run: @escaping @Sendable (Options) throws -> Void
  ) {
    self.name = name
    self.summary = summary
    self.usage = usage
    self.options = options
    self.run = run
  }

  static let all = [
    serveCommand, initCommand, callCommand, importCommand, exportCommand, tokenCommand,
    policyCommand, backupCommand,
    restoreCommand, eventsCommand, doctorCommand, configCommand, openRPCCommand,
  ]
}
