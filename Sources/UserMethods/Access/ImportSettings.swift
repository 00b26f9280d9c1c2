/// Options of an import, and defaults for its rows.
public struct ImportSettings: Sendable {
  public var ifExists = ImportChoice.skip
  /// Whether accounts that can be invited are imported as invited.
  public var invites = false
  /// Whether invitations can be delivered. Otherwise none are made, and accounts wait for theirs.
  public var issuesCredentials = false
  /// Whether soft-deleted accounts are imported as deleted; otherwise they are left out.
  public var takesDeleted = false
  /// Whether the store is a temporary copy. Its secrets are never used, so all may be the same.
  public var isDryRun = false

  public init() {}
}
