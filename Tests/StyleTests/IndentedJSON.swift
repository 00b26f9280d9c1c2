import JSON

extension String {
  /// The same JSON with each member, and each element of an array of objects, on its own line.
  func indentedJSON() throws -> String {
    var text = self
    return try text.withUTF8 { bytes in
      var parser = JSONParser()
      return Self.indented(try parser.parse(bytes), 0)
    }
  }

  private static func indented(_ value: JSONValue, _ depth: Int) -> String {
    let inner = String(repeating: "  ", count: depth + 1)
    let outer = String(repeating: "  ", count: depth)
    switch value.kind {
    case .object where value.count > 0:
      let lines = value.fields.map { key, value in
        "\(inner)\(String(decoding: key.text, as: UTF8.self)): \(indented(value, depth + 1))"
      }
      return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
    case .array where value.elements.contains { $0.kind == .object }:
      let lines = value.elements.map { "\(inner)\(indented($0, depth + 1))" }
      return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
    default:
      var out = ByteBuffer()
      out.append(compact: value)
      return out.string
    }
  }
}
