/// The part of a store that keeps the policy, as the text of a policy file, so that all processes
/// on a store apply the same one.
public protocol PolicyStore: AnyObject {
  /// nil if only the predefined roles apply.
  var policyText: String? { get throws(StoreError) }

  /// Whether a policy was ever set or cleared.
  var hasHadPolicy: Bool { get throws(StoreError) }

  func setPolicyText(_ text: String?) throws(StoreError)
}
