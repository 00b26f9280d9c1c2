/// What a store keeps for itself, besides its accounts and what belongs to them.
public struct DirectorySettings: Equatable, Sendable {
  /// The key that signs cursors.
  public let cursorKey: [UInt8]
  /// nil if only the predefined roles apply.
  public let policyText: String?
  /// Whether a policy was ever set or cleared.
  public let hasHadPolicy: Bool

  public init(of store: some UserStore) throws(StoreError) {
    self.init(
      cursorKey: try store.cursorKey, policyText: try store.policyText,
      hasHadPolicy: try store.hasHadPolicy)
  }

  public init(cursorKey: [UInt8], policyText: String?, hasHadPolicy: Bool) {
    self.cursorKey = cursorKey
    self.policyText = policyText
    self.hasHadPolicy = hasHadPolicy
  }
}
