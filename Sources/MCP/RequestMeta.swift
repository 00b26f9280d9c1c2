internal import Contract
internal import JSON

/// The protocol fields in a request's `_meta`
/// (https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).
struct RequestMeta {
  let era: Era
  /// Whether a modern client can show questions to a person.
  let isElicitationOffered: Bool

  /// Throws for a malformed or unsupported modern envelope.
  init(_ params: JSONValue?) throws(Failure) {
    let meta = params?.field("_meta")
    let version = meta?.field("io.modelcontextprotocol/protocolVersion")
    let capabilities = meta?.field("io.modelcontextprotocol/clientCapabilities")
    let client = meta?.field("io.modelcontextprotocol/clientInfo")
    if version == nil, capabilities == nil, client == nil {
      (era, isElicitationOffered) = (.initialized, false)
      return
    }
    era = .modern
    isElicitationOffered = Elicitation.isOffered(by: capabilities)
    if let duplicate = meta?.ownDuplicate()?.string {
      throw .malformed([.init("/_meta/" + JSONPointer.escape(duplicate), "appears twice")])
    }
    var problems: [Failure.Problem] = []
    if version?.kind != .string {
      problems.append(.init(Self.pointer("protocolVersion"), "must be a string"))
    }
    if capabilities?.kind != .object {
      problems.append(.init(Self.pointer("clientCapabilities"), "must be an object"))
    }
    if !problems.isEmpty { throw .malformed(problems) }
    let wanted = version?.string ?? ""
    if !ProtocolVersion.stateless.contains(wanted) { throw .unsupportedVersion(wanted) }
  }

  private static func pointer(_ name: String) -> String {
    "/_meta/" + JSONPointer.escape("io.modelcontextprotocol/" + name)
  }
}

extension Failure {
  static func unsupportedVersion(_ requested: String) -> Failure {
    Failure(
      .unsupportedVersion, "This version of MCP is not supported.",
      hint: "Send one of data.supported with each request, or begin with initialize.",
      facts: [
        ("supported", .texts(ProtocolVersion.stateless)), ("requested", .text(requested)),
      ])
  }

  static var noMeta: Failure {
    .malformed([
      .init("/_meta", "must hold protocolVersion and clientCapabilities of io.modelcontextprotocol")
    ])
  }
}
