import JSON

/// Parses a text and calls `body` with the value, which is valid only during the call.
func withJSON<R>(_ text: [UInt8], _ body: (JSONValue) throws -> R) throws -> R {
  var parser = JSONParser()
  return try text.withUnsafeBufferPointer { try body(parser.parse($0)) }
}

func withJSON<R>(_ text: String, _ body: (JSONValue) throws -> R) throws -> R {
  try withJSON(Array(text.utf8), body)
}

/// Why the parser refuses a text; nil if it doesn't.
func refusal(of text: [UInt8]) -> JSONSyntaxError? {
  var parser = JSONParser()
  return text.withUnsafeBufferPointer { bytes in
    do throws(JSONSyntaxError) {
      _ = try parser.parse(bytes)
      return nil
    } catch {
      return error
    }
  }
}

/// The text that `body` writes into an empty buffer.
func written(_ body: (inout ByteBuffer) throws -> Void) rethrows -> String {
  var buffer = ByteBuffer()
  try body(&buffer)
  return buffer.string
}
