public import JSON

/// Asks the person at the client a yes-or-no question
/// (https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation).
public enum Elicitation {
  public static var method: StaticString { "elicitation/create" }

  /// Whether a client with these capabilities can show a form to a person.
  static func isOffered(by capabilities: JSONValue?) -> Bool {
    guard let offered = capabilities?.field("elicitation"), offered.kind == .object else {
      return false
    }
    // A client that names no mode supports forms.
    return offered.field("form") != nil || offered.field("url") == nil
  }

  /// Writes the params: a form without fields, to accept or decline.
  public static func write(_ question: String, into out: inout ByteBuffer) {
    out.append("{\"message\":")
    out.write(question)
    out.append(",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}")
  }
}
