internal import Users

extension Projection {
  /// The fields for a request that names none.
  static func standard<Store>(for store: ScopedStore<Store>) -> Projection {
    store.request.audience == .agent ? .essential : .all
  }
}
