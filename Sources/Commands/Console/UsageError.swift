import Contract

/// A command line that is not valid: exit status 2.
struct UsageError: Error {
  let message: Notice

  init(_ message: Notice) { self.message = message }
}
