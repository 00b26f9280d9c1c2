/// One word behind `roster`.
struct Command: Sendable {
  let name: String
  let summary: String
  /// Put together for who asks: every start looks through the commands.
  private let describe: @Sendable () -> String
  /// The options that it takes, besides --help.
  let options: [String]
  let run: @Sendable (Options) throws -> Void

  init(
    name: String, summary: String, usage: @autoclosure @escaping @Sendable () -> String,
    options: [String], run: @escaping @Sendable (Options) throws -> Void
  ) {
    self.name = name
    self.summary = summary
    describe = usage
    self.options = options
    self.run = run
  }

  var usage: String { describe() }

  static let all = [
    serveCommand, initCommand, callCommand, importCommand, exportCommand, tokenCommand,
    backupCommand, doctorCommand, configCommand, openRPCCommand,
  ]
}
