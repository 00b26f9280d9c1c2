internal import Contract

/// What the calling account's record is told with.
struct OwnRights: ResultShape {
  let caller: Caller

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field(
      "capabilities", CapabilityMap(caller: caller), "By capability: self, organization or all.")
  }

  /// Those of the owner in the examples.
  static var sample: OwnRights {
    OwnRights(caller: Caller(Story.ada, .standard, LaunchLimits(), nil))
  }
}
