import Contract
import Glibc
import JSON
import Server

/// Params given as arguments of the command line: `key=value`, values by position, or JSON.
struct ParamWords {
  let method: String
  let fields: [Field]

  func json(_ words: [String]) throws -> String {
    guard let first = words.first else { return "{}" }
    if first == "-" { return try whole(Self.standardInput(), "standard input") }
    if words.count == 1, first.begins(with: "{") || first.begins(with: "[") {
      return try whole(first, "the argument")
    }
    let params = Params()
    let positions = words.filter { named($0) == nil }
    for word in words {
      guard let (field, path, text) = try parts(of: word) else { continue }
      try params.set(field, path, value(text, of: field, path), word)
    }
    // The position decides, whatever else is given: a word never moves on to another param.
    for (field, text) in zip(fields, positions) {
      try params.set(field, [], value(text, of: field, []), text)
    }
    if positions.count > fields.count { throw excess(positions[fields.count]) }
    return params.json
  }

  /// The name before the `=` of a word; nil for a value by position.
  private func named(_ word: String) -> String? {
    let parts = word.parts(at: "=", countMax: 2)
    guard parts.count == 2, let head = parts[0].parts(at: ".").first, Self.isName(head) else {
      return nil
    }
    return parts[0]
  }

  /// The param that a word names, the path within it, and the value; nil for a value by position.
  private func parts(of word: String) throws -> (field: Field, path: [String], text: String)? {
    guard let name = named(word) else { return nil }
    let path = name.parts(at: ".")
    let text = word.behind(name + "=") ?? ""
    guard let field = fields.first(where: { $0.name == path[0] || $0.alias == path[0] }) else {
      let nearest = Spelling.nearest(to: path[0], in: fields.map(\.name))
      throw UsageError(
        "\(path[0]) is not a param of \(method)\(nearest.map { "; did you mean \($0)?" } ?? "")\n"
          + "roster help \(method) lists its params.")
    }
    if path.contains("") { throw UsageError("\(name) has an empty name in it") }
    if path.count > 1, !field.schema.isFreeObject {
      throw UsageError("\(name): \(path[0]) has no fields to set")
    }
    return (field, Array(path.dropFirst()), text)
  }

  /// Names have only lower-case letters and underscores, so that most values with a `=` in them are
  /// not taken for named params.
  private static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      }
  }

  private func excess(_ word: String) -> UsageError {
    UsageError(
      fields.isEmpty
        ? "\(word) is not expected: \(method) has no params"
        : "\(word) is not of the form key=value, and every param has a value already")
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

  /// A param of type string takes the text, and a list of strings takes words between commas. For
  /// other types, text that is JSON is taken as JSON.
  private func value(_ text: String, of field: Field, _ path: [String]) -> String {
    let schema = path.isEmpty ? field.schema : .nullable(.freeObject)
    if let json = text.compactJSON, !schema.isText || text == "null" {
      if !schema.isTextList || json.begins(with: "[") || text == "null" { return json }
    }
    var out = ByteBuffer()
    if schema.isTextList {
      text.words(at: ",").write(into: &out)
    } else {
      out.write(text)
    }
    return out.string
  }

  private static func standardInput() throws -> String {
    try InputFile.read(STDIN_FILENO, "standard input", bytesMax: WireLimits().lineBytesMax)
  }
}

/// The params so far. Those of an object may be set field by field: `metadata.team=ops`.
private struct Params {
  private final class Node {
    var json: String?
    var fields: [(name: String, node: Node)] = []
  }

  private let root = Node()

  func set(_ field: Field, _ path: [String], _ json: String, _ word: String) throws {
    var node = root
    for name in [field.name] + path {
      if node.json != nil { throw UsageError("\(word): \(name) is given twice") }
      if let next = node.fields.first(where: { $0.name == name })?.node {
        node = next
      } else {
        let next = Node()
        node.fields.append((name, next))
        node = next
      }
    }
    if node.json != nil || !node.fields.isEmpty {
      throw UsageError("\(word): \(field.name) is given twice")
    }
    node.json = json
  }

  var json: String {
    var out = ByteBuffer()
    Self.write(root, into: &out)
    return out.string
  }

  private static func write(_ node: Node, into out: inout ByteBuffer) {
    if let json = node.json { return out.append(text: json) }
    out.append("{")
    for (name, next) in node.fields {
      out.field(name)
      write(next, into: &out)
    }
    out.append("}")
  }
}

extension Schema {
  fileprivate var isText: Bool {
    switch self {
    case .string, .enumeration, .bulkMethod: true
    case .nullable(let schema), .secret(let schema): schema.isText
    default: false
    }
  }

  fileprivate var isTextList: Bool {
    switch self {
    case .array(let element, _): element.isText
    case .nullable(let schema), .secret(let schema): schema.isTextList
    default: false
    }
  }

  fileprivate var isFreeObject: Bool {
    switch self {
    case .freeObject: true
    case .nullable(let schema): schema.isFreeObject
    default: false
    }
  }
}
