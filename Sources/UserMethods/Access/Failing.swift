public import Contract
public import Users

/// Does something in a store, whose errors become what callers meet. Nothing else turns the one into the
/// other, but commands, which tell people.
@inline(__always)
public func failing<R>(_ body: () throws(StoreError) -> R) throws(Failure) -> R {
  do { return try body() } catch { throw error.failure }
}
