internal import Contract

/// The fields that `users.get_current` adds to the calling account's record.
struct OwnRights: ResultSchema {
  let caller: Caller

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field(
      "capabilities", CapabilityMap(caller: caller), "By capability: self, organization or all.")
  }

  /// The capabilities of the owner in the examples.
  static var sample: OwnRights {
    OwnRights(caller: Caller(ExampleData.ada, .standard, LaunchLimits(), nil))
  }
}
