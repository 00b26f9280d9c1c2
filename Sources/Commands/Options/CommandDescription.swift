/// What people are told of a command, and which options it takes.
struct CommandDescription: Sendable {
  let summary: String
  /// Only its own help asks for it, and no other command waits for it to be put together.
  let usage: @Sendable () -> String
  /// The options that it takes, besides --help.
  let options: @Sendable () -> [String]

  init(
    summary: String, usage: @autoclosure @escaping @Sendable () -> String,
    options: @autoclosure @escaping @Sendable () -> [String]
  ) {
    self.summary = summary
    self.usage = usage
    self.options = options
  }
}
