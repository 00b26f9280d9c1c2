public import Contract
public import Users

/// Runs a store operation and converts its errors to failures for callers. All requests use it to
/// read and write.
@inline(__always)
public func failing<R>(_ body: () throws(StoreError) -> R) throws(Failure) -> R {
  do { return try body() } catch { throw error.failure }
}
