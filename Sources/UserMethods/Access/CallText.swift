public import JSON
internal import Users

/// A tool call in canonical form, for a question to a person.
public struct CallText {
  let text: String

  /// `arguments` is an object, or nil.
  public init(_ tool: String, _ arguments: JSONValue?) {
    var out = ByteBuffer()
    out.append(text: tool)
    out.append(0x0A)
    if let arguments { out.append(canonical: arguments) }
    text = out.string
  }
}
