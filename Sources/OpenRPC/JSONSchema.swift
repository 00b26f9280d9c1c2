public import Contract
internal import JSON

/// Shapes as JSON Schema, draft-07: what OpenRPC and the files in `schema/` are made of.
extension ByteBuffer {
  /// Writes a schema; `about` becomes its description, `root` is where named schemas are defined.
  mutating func write(schema shape: Shape, about: String? = nil, root: String) {
    append("{")
    if let about, !about.isEmpty {
      member("description")
      write(about)
    }
    writeMembers(of: shape, isNullable: false, root)
    append("}")
  }

  private mutating func writeMembers(of shape: Shape, isNullable: Bool, _ root: String) {
    switch shape {
    case .nullable(let inner): writeMembers(of: inner, isNullable: true, root)
    case .named(let name): writeReference(to: root + name, isNullable)
    case .words(let words): writeWords(words, isNullable)
    case .yes:
      member("const")
      append("true")
    case .boolean: writeType("boolean", isNullable)
    case .map: writeType("object", isNullable)
    case .dictionary(let value, let names):
      writeType("object", isNullable)
      member("patternProperties")
      append("{")
      member(names)
      write(schema: value, root: root)
      append("}")
      member("additionalProperties")
      append("false")
    case .integer(let range):
      writeType("integer", isNullable)
      writeNumber("minimum", range.lowerBound)
      if range.upperBound < Int(Int32.max) { writeNumber("maximum", range.upperBound) }
    case .string(let length, let pattern, let format):
      writeType("string", isNullable)
      writeRange("minLength", "maxLength", length)
      writeText("pattern", pattern)
      writeText("format", format)
    case .array(let element, let length):
      writeType("array", isNullable)
      writeRange("minItems", "maxItems", length)
      member("items")
      write(schema: element, root: root)
    case .object(let fields):
      writeType("object", isNullable)
      writeProperties(fields, root)
    }
  }

  private mutating func writeType(_ type: StaticString, _ isNullable: Bool) {
    member("type")
    if isNullable { append("[") }
    write(type.description)
    if isNullable { append(",\"null\"]") }
  }

  private mutating func writeNumber(_ name: StaticString, _ value: Int) {
    member(name)
    write(value)
  }

  private mutating func writeText(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    member(name)
    write(value)
  }

  private mutating func writeRange(
    _ low: StaticString, _ high: StaticString, _ range: ClosedRange<Int>?
  ) {
    guard let range else { return }
    writeNumber(low, range.lowerBound)
    writeNumber(high, range.upperBound)
  }

  private mutating func writeWords(_ words: [String], _ isNullable: Bool) {
    member("enum")
    append("[")
    for word in words {
      element()
      write(word)
    }
    if isNullable { append(",null") }
    append("]")
  }

  private mutating func writeReference(to target: String, _ isNullable: Bool) {
    if isNullable {
      member("anyOf")
      append("[{\"$ref\":")
      write(target)
      append("},{\"type\":\"null\"}]")
    } else {
      member("$ref")
      write(target)
    }
  }

  /// Objects of the contract are closed: an unknown member is an error.
  mutating func writeProperties(_ fields: [Field], _ root: String) {
    member("properties")
    append("{")
    for field in fields {
      member(field.name)
      write(schema: field.shape, about: field.about, root: root)
      if let alias = field.alias {
        member(alias)
        write(schema: field.shape, about: "The same as \(field.name).", root: root)
      }
    }
    append("}")
    let required = fields.filter(\.isRequired).map(\.name)
    if !required.isEmpty {
      member("required")
      required.write(into: &self)
    }
    member("additionalProperties")
    append("false")
  }
}

/// The files of `schema/`: one a method, with its params and its result.
public enum MethodSchema {
  public static func document(
    of method: MethodDescription, named definitions: [String: [Field]]
  ) -> String {
    var out = ByteBuffer()
    let root = "#/definitions/"
    out.append("{")
    out.member("$schema")
    out.write("http://json-schema.org/draft-07/schema#")
    out.member("title")
    out.write(method.name.description)
    out.member("description")
    out.write(method.summary)
    out.member("type")
    out.write("object")
    out.member("properties")
    out.append("{")
    out.member("params")
    out.write(schema: .object(method.params), root: root)
    out.member("result")
    out.write(schema: method.result, root: root)
    out.append("}")
    out.member("definitions")
    out.writeDefinitions(definitions, root)
    out.append("}")
    return out.string
  }
}

/// The schema of a file that Roster reads.
public enum FileSchema {
  public static func document(title: String, about: String, _ fields: [Field]) -> String {
    var out = ByteBuffer()
    out.append("{")
    out.member("$schema")
    out.write("http://json-schema.org/draft-07/schema#")
    out.member("title")
    out.write(title)
    out.member("description")
    out.write(about)
    out.member("type")
    out.write("object")
    out.writeProperties(fields, "#/definitions/")
    out.append("}")
    return out.string
  }
}

extension ByteBuffer {
  mutating func writeDefinitions(_ definitions: [String: [Field]], _ root: String) {
    append("{")
    for (name, fields) in definitions.sorted(by: { $0.key < $1.key }) {
      member(name)
      write(schema: .object(fields), root: root)
    }
    append("}")
  }
}
