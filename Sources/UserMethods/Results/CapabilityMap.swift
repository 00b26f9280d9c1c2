internal import Contract
internal import JSON
internal import Users

/// The scope of each capability that the caller holds, by name.
struct CapabilityMap: ResultValue {
  let caller: Caller

  static var schema: Schema { .freeObject }

  func write(into out: inout ByteBuffer) {
    out.append("{")
    for capability in Capability.allCases {
      guard let scope = caller.scope(of: capability) else { continue }
      out.field(capability.rawValue)
      switch scope {
      case .account: out.append("\"self\"")
      case .organization: out.append("\"organization\"")
      case .all: out.append("\"all\"")
      }
    }
    out.append("}")
  }
}
