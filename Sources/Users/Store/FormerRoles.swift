/// The roles of a deleted account that the store keeps.
public struct FormerRoles: Equatable, Sendable {
  public let names: [String]
  /// Whether the names are limited to those that the policy at the time of deletion allowed to
  /// restore. For accounts that an older Roster deleted, all roles were kept, and the policy that
  /// defined them is unknown.
  public let isJudged: Bool

  public init(_ names: [String], isJudged: Bool) {
    self.names = names
    self.isJudged = isJudged
  }
}
