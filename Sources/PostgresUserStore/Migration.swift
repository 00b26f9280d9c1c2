/// One step from a format of the server's tables to the next.
struct Migration {
  /// The format that the step leads to, from the one before it.
  let format: Int64
  /// The oldest format whose programs can serve the store after the step.
  let servedFrom: Int64
  /// In these statements the store's schema is the first of the search path.
  let statements: [String]

  /// All steps, in their order. There is only one format so far.
  static let all: [Migration] = []
}
