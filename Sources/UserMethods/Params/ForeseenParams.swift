public import Contract
public import Users

/// Params from which the store lookups of their method follow.
public protocol ForeseenParams: Params {
  var lookups: [Lookup] { get }
}
