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
