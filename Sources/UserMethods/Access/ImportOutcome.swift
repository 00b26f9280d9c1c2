public import Users

/// What came of a row.
public struct ImportOutcome: Sendable {
  public enum Kind: String, Sendable {
    case imported, updated, skipped
    /// A deleted account, which was left out.
    case deleted
  }

  public let kind: Kind
  /// Whether the row asks for an invitation, and none was made.
  public let isWaiting: Bool
  /// What the person is to be told to get in, once the group is kept.
  public let letter: Letter?

  init(_ kind: Kind, isWaiting: Bool = false, _ letter: Letter? = nil) {
    self.kind = kind
    self.isWaiting = isWaiting
    self.letter = letter
  }
}
