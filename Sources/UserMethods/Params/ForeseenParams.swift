public import Contract
public import Users

/// Params that show in advance which lookups their method makes in the store.
public protocol ForeseenParams: Params {
  var lookups: [Lookup] { get }
}
