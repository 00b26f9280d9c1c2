public import Users

/// What came of a row.
public struct ImportOutcome: Sendable {
  public enum Kind: String, Sendable {
    case imported, updated, skipped
    /// A deleted account, which was left out.
    case deleted
  }

  public let kind: Kind
  /// Whether the account waits for an invitation.
  public let isInvited: Bool
  /// What the person is to be told to get in, once the group is kept.
  public let letter: Letter?

  init(_ kind: Kind, _ user: User? = nil, _ letter: Letter? = nil) {
    self.kind = kind
    isInvited = user?.flags.status == .invited
    self.letter = letter
  }
}
