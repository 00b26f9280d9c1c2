public import JSON
internal import Users

/// The call that somebody is asked about, in one form.
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
