internal import Users

extension Projection {
  /// What a request gets that names no members.
  static func standard<Store>(for store: ScopedStore<Store>) -> Projection {
    store.request.audience == .agent ? .essential : .all
  }
}
