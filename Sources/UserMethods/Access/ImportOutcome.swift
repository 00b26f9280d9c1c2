public import Users

/// What came of a row.
public struct ImportOutcome: Sendable {
  public enum Kind: String, Sendable {
    case imported, updated, skipped
    /// A deleted account, which was left out.
    case deleted
  }

  public let kind: Kind
  /// Why nothing was done; nil if something was.
  public private(set) var reason: String?
  /// Whether the row asks for an invitation, and none was made.
  public let isWaiting: Bool
  /// What the person is to be told to get in, once the group is kept.
  public let letter: Letter?

  init(_ kind: Kind, isWaiting: Bool = false, _ letter: Letter? = nil) {
    self.kind = kind
    self.isWaiting = isWaiting
    self.letter = letter
    if kind == .skipped { reason = "is there already" }
  }

  private init(_ kind: Kind, because reason: String) {
    self.init(kind)
    self.reason = reason
  }

  static let leftOut = ImportOutcome(
    .deleted,
    because: """
      is deleted; --deleted takes it along, and --if-exists update --deleted deletes who is there
      """)
  static let absent = ImportOutcome(.skipped, because: "is deleted, and nobody has the email here")
  static let gone = ImportOutcome(
    .skipped, because: "is deleted here; users.restore brings it back")
}
