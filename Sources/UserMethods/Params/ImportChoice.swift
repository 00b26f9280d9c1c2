public import Contract

/// How an import handles a row whose account already exists.
public enum ImportChoice: String, EnumParam, Sendable {
  /// Leaves the account unchanged, and reports that.
  case skip
  /// The same as `skip`, under the name that `users.create` uses.
  case `return`
  case update
  /// Reports the row as an error.
  case error

  public static var placeholder: ImportChoice { .skip }
}
