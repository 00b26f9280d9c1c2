public import Users

/// The result of importing a row.
public struct ImportOutcome: Sendable {
  public enum Kind: String, Sendable {
    case imported, updated, skipped
    /// A deleted account that was left out.
    case deleted
  }

  public let kind: Kind
  /// Why the row changed nothing; nil if it changed something.
  public private(set) var reason: String?
  /// Whether the row asks for an invitation that was not made.
  public let isWaiting: Bool
  /// The invitation to deliver to the person after the commit.
  public let letter: Letter?

  init(_ kind: Kind, isWaiting: Bool = false, _ letter: Letter? = nil) {
    self.kind = kind
    self.isWaiting = isWaiting
    self.letter = letter
    if kind == .skipped { reason = "exists already" }
  }

  private init(_ kind: Kind, because reason: String) {
    self.init(kind)
    self.reason = reason
  }

  static let leftOut = ImportOutcome(
    .deleted,
    because: """
      is deleted; --deleted imports it, and --if-exists update --deleted also deletes an existing \
      account
      """)
  static let absent = ImportOutcome(
    .skipped, because: "is deleted, and no account here has the email")
  static let gone = ImportOutcome(
    .skipped, because: "is deleted here; users.restore brings it back")
}
