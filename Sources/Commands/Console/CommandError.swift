import Contract

/// A command that failed: exit status 1.
struct CommandError: Error {
  let message: Notice
  let hint: Notice
  /// Whether the store could not be used, and the same may succeed later.
  let isPassing: Bool

  init(_ message: Notice, _ hint: Notice, isPassing: Bool = false) {
    self.message = message
    self.hint = hint
    self.isPassing = isPassing
  }
}
