internal import Contract
internal import JSON
internal import Users

/// How far the caller's capabilities reach, by name.
struct CapabilityMap: ResultValue {
  let caller: Caller

  static var shape: Shape { .map }

  func write(into out: inout ByteBuffer) {
    out.append("{")
    for capability in Capability.allCases {
      guard let scope = caller.scope(of: capability) else { continue }
      out.member(capability.rawValue)
      switch scope {
      case .account: out.append("\"self\"")
      case .organization: out.append("\"organization\"")
      case .all: out.append("\"all\"")
      }
    }
    out.append("}")
  }
}

enum GetCurrent<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Method(
      "users.get_current", "Gets the calling account, with what it may do.",
      access: .needs(.read), effect: .read, isIdempotent: true,
      tool: AgentTool("This is on whose behalf you act."),
      result: .object(
        UserRow.describedFields + [
          Field(
            "capabilities", "By capability: self, organization or all.", CapabilityMap.shape,
            isRequired: true)
        ]),
      examples: [
        MethodExample(
          "Who calls", [:],
          result: .object(Story.ada) { out in
            let caller = Caller(Story.ada, .standard, LaunchLimits(), nil)
            out.field("capabilities", CapabilityMap(caller: caller), "")
          })
      ]
    ) { (_: NoParams, store, out) throws(Failure) in
      let caller = try store.caller()
      // Whom a launch for one organization keeps from everybody else still is somebody.
      _ = try store.own { row in
        out.append("{")
        row.fields(&out, isCurrent: true)
        out.field("capabilities", CapabilityMap(caller: caller), "")
        out.append("}")
      }
    }
  }
}
