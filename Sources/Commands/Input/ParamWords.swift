import Contract
import Glibc
import JSON
import Server

/// Params given as arguments of the command line.
struct ParamWords {
  let fields: [Field]

  func json(_ words: [String]) throws -> String {
    guard let first = words.first else { return "{}" }
    if first == "-" { return try whole(Self.standardInput(), "standard input") }
    if words.count == 1, first.begins(with: "{") || first.begins(with: "[") {
      return try whole(first, "the argument")
    }
    var out = ByteBuffer()
    out.append("{")
    for word in words {
      let parts = word.parts(at: "=", countMax: 2)
      guard parts.count == 2 else { throw UsageError("\(word) is not of the form key=value") }
      out.field(parts[0])
      out.append(text: value(parts[1], of: parts[0]))
    }
    out.append("}")
    return out.string
  }

  /// Checks that the text is JSON before it becomes part of a request.
  private func whole(_ text: String, _ source: String) throws -> String {
    var text = text
    do {
      return try text.withUTF8 { bytes in
        var parser = JSONParser()
        return try parser.parse(bytes).compact
      }
    } catch {
      throw UsageError("\(source) is not JSON: \(error)")
    }
  }

  /// A param of type string takes the text; for another type, text that is JSON is taken as JSON.
  private func value(_ text: String, of name: String) -> String {
    let isText = fields.first { $0.name == name || $0.alias == name }?.schema.isText ?? false
    if let json = text.compactJSON, !isText || text == "null" { return json }
    var out = ByteBuffer()
    out.write(text)
    return out.string
  }

  private static func standardInput() throws -> String {
    try InputFile.read(STDIN_FILENO, "standard input", bytesMax: WireLimits().lineBytesMax)
  }
}

extension Schema {
  var isText: Bool {
    switch self {
    case .string, .enumeration: true
    case .nullable(let schema), .secret(let schema): schema.isText
    default: false
    }
  }
}
