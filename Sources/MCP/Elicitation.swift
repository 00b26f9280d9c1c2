public import JSON

/// Asking the person behind a client, who answers with yes or no
/// (https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation).
public enum Elicitation {
  public static var method: StaticString { "elicitation/create" }

  /// Whether a client with these capabilities shows a form to a person.
  static func isOffered(by capabilities: JSONValue?) -> Bool {
    guard let offered = capabilities?.member("elicitation"), offered.kind == .object else {
      return false
    }
    // Who names no mode has this one.
    return offered.member("form") != nil || offered.member("url") == nil
  }

  /// Writes the params: a form without fields, to be sent or not.
  public static func write(_ question: String, into out: inout ByteBuffer) {
    out.append("{\"message\":")
    out.write(question)
    out.append(",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}")
  }
}
