/// How rows are imported that do not say it themselves.
public struct ImportSettings: Sendable {
  public var ifExists = ImportChoice.skip
  /// Whether accounts that can be invited are imported as invited.
  public var invites = false
  /// Whether there is somewhere to tell of invitations. Otherwise none are made, and people wait for theirs.
  public var opensWays = false
  /// Whether soft-deleted accounts are imported as such, and not left out.
  public var takesDeleted = false
  /// Whether the store is a copy that nobody keeps. Nobody is told a secret of it, so all may have the same.
  public var isDryRun = false

  public init() {}
}
