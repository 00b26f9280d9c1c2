import Contract

/// A command that failed: exit status 1.
struct CommandError: Error {
  let message: Notice
  let hint: Notice

  init(_ message: Notice, _ hint: Notice) {
    self.message = message
    self.hint = hint
  }
}
