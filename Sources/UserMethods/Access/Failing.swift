public import Contract
public import Users

/// Does something in a store, whose errors become what callers meet: whatever reads or writes for a request does so by
/// this.
@inline(__always)
public func failing<R>(_ body: () throws(StoreError) -> R) throws(Failure) -> R {
  do { return try body() } catch { throw error.failure }
}
