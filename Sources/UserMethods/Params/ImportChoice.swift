public import Contract

/// What an import does with a row whose account is there already.
public enum ImportChoice: String, WordParam, Sendable {
  /// Leaves the account as it is, and tells so.
  case skip
  /// The same, as `users.create` says it.
  case `return`
  case update
  /// The row is a bad one.
  case error

  public static var placeholder: ImportChoice { .skip }
}
