/// What is remembered of the roles of a deleted account.
public struct FormerRoles: Equatable, Sendable {
  public let names: [String]
  /// Whether these are what the policy of the day left to be restored. Of accounts that an older Roster
  /// deleted all are known, and not by which policy they were more than labels.
  public let isJudged: Bool

  public init(_ names: [String], isJudged: Bool) {
    self.names = names
    self.isJudged = isJudged
  }
}
