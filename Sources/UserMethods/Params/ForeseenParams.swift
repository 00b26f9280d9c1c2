public import Contract
public import Users

/// Params that tell what their method is going to look up.
public protocol ForeseenParams: Params {
  var lookups: [Lookup] { get }
}
