internal import Contract
internal import Users

/// Whether a deleted account can come back.
enum DeleteMode: String, WordParam {
  case permanent, soft

  /// What a request means that does not say.
  static func standard<Store>(for store: ScopedStore<Store>) -> DeleteMode {
    store.request.audience == .agent ? .soft : .permanent
  }

  static var placeholder: DeleteMode { .permanent }

  var capability: Capability { self == .soft ? .delete : .purge }
}
