/// The part of a store that keeps the policy, as the text of a policy file. All processes on a store
/// so go by the same.
public protocol PolicyStore: AnyObject {
  /// nil for the predefined roles alone.
  var policyText: String? { get throws(StoreError) }

  /// Whether a policy was ever set or cleared.
  var hasHadPolicy: Bool { get throws(StoreError) }

  func setPolicyText(_ text: String?) throws(StoreError)
}
