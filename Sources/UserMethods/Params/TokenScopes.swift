internal import Contract
internal import JSON
internal import Users

/// Capabilities that a token is narrowed to.
struct TokenScopes: ParamValue {
  let capabilities: Set<Capability>

  private static let length = 1...Capability.allCases.count
  static var shape: Shape { .array(Capability.shape, length: length) }
  static var placeholder: TokenScopes { TokenScopes(capabilities: []) }

  private init(capabilities: Set<Capability>) { self.capabilities = capabilities }

  init(_ json: JSONValue) throws(Mismatch) {
    capabilities = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(Mismatch) in try Capability(element)
      })
  }
}
