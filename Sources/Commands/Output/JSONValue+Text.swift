import JSON

extension String {
  /// This text as JSON without white space; nil if it is not JSON.
  var compactJSON: String? { json(\.compact) }

  /// This text as JSON with one field or element on each line; nil if it is not JSON.
  var indentedJSON: String? { json { $0.indented() } }

  private func json(_ form: (JSONValue) -> String) -> String? {
    var text = self
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do { return form(try parser.parse(bytes)) } catch { return nil }
    }
  }
}

extension JSONValue {
  /// This value without white space between tokens.
  var compact: String {
    var out = ByteBuffer()
    out.append(compact: self)
    return out.string
  }

  /// This value with one field or element on each line.
  func indented(_ depth: Int = 0) -> String {
    let inner = String(repeating: "  ", count: depth + 1)
    let outer = String(repeating: "  ", count: depth)
    switch kind {
    case .object where count > 0:
      let lines = fields.map { "\(inner)\($0.key.compact): \($0.value.indented(depth + 1))" }
      return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
    case .array where depth == 0 && count > 0:
      let lines = elements.map { "\(inner)\($0.indented(depth + 1))" }
      return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
    default: return compact
    }
  }
}
