internal import Contract
internal import Users

/// Whether a deleted account can be restored.
enum DeleteMode: String, EnumParam {
  case permanent, soft

  /// The mode of a request that names none.
  static func standard<Store>(for store: ScopedStore<Store>) -> DeleteMode {
    store.request.audience == .agent ? .soft : .permanent
  }

  static var placeholder: DeleteMode { .permanent }

  var capability: Capability { self == .soft ? .delete : .purge }
}
