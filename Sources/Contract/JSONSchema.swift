public import JSON

/// Writes schemas as JSON Schema, draft-07, for OpenRPC, MCP and the files in `schema/`.
extension ByteBuffer {
  /// Writes a schema; `about` becomes its description, and `root` is the location of named schemas.
  public mutating func write(schema: Schema, description: String? = nil, root: String) {
    append("{")
    if let description, !description.isEmpty {
      field("description")
      write(description)
    }
    writeFields(of: schema, isNullable: false, root)
    append("}")
  }

  private mutating func writeFields(of schema: Schema, isNullable: Bool, _ root: String) {
    switch schema {
    case .nullable(let inner): writeFields(of: inner, isNullable: true, root)
    case .secret(let inner): writeFields(of: inner, isNullable: isNullable, root)
    case .named(let name): writeReference(to: root + name, isNullable)
    case .enumeration(let words): writeWords(words, isNullable)
    case .constantTrue:
      writeType("boolean", isNullable)
      field("const")
      append("true")
    case .boolean: writeType("boolean", isNullable)
    case .freeObject: writeType("object", isNullable)
    case .params:
      field("type")
      append(isNullable ? "[\"object\",\"array\",\"null\"]" : "[\"object\",\"array\"]")
    case .dictionary(let value, let names):
      writeType("object", isNullable)
      field("patternProperties")
      append("{")
      field(names)
      write(schema: value, root: root)
      append("}")
      field("additionalProperties")
      append("false")
    case .integer(let range, _):
      writeType("integer", isNullable)
      writeNumber("minimum", range.lowerBound)
      if range.upperBound < Int(Int32.max) { writeNumber("maximum", range.upperBound) }
    case .bulkMethod: writeType("string", isNullable)
    case .string(let length, let pattern, let format):
      writeType("string", isNullable)
      writeRange("minLength", "maxLength", length)
      writeText("pattern", pattern)
      writeText("format", format)
    case .array(let element, let length):
      writeType("array", isNullable)
      writeRange("minItems", "maxItems", length)
      field("items")
      write(schema: element, root: root)
    case .object(let fields):
      writeType("object", isNullable)
      writeProperties(fields, root)
    }
  }

  private mutating func writeType(_ type: StaticString, _ isNullable: Bool) {
    field("type")
    if isNullable { append("[") }
    write(type.description)
    if isNullable { append(",\"null\"]") }
  }

  private mutating func writeNumber(_ name: StaticString, _ value: Int) {
    field(name)
    write(value)
  }

  private mutating func writeText(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    field(name)
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
    writeType("string", isNullable)
    field("enum")
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
      field("anyOf")
      append("[{\"$ref\":")
      write(target)
      append("},{\"type\":\"null\"}]")
    } else {
      field("$ref")
      write(target)
    }
  }

  /// Objects of the API are closed: an unknown field is an error.
  public mutating func writeProperties(_ fields: [Field], _ root: String) {
    field("properties")
    append("{")
    for field in fields {
      self.field(field.name)
      write(schema: field.schema, description: field.description, root: root)
      if let alias = field.alias {
        self.field(alias)
        write(schema: field.schema, description: "The same as \(field.name).", root: root)
      }
    }
    append("}")
    let required = fields.filter(\.isRequired).map(\.name)
    if !required.isEmpty {
      field("required")
      required.write(into: &self)
    }
    field("additionalProperties")
    append("false")
  }

  /// Writes the object that contains the named schemas.
  public mutating func writeDefinitions(_ definitions: [String: [Field]], _ root: String) {
    append("{")
    for (name, fields) in definitions.sorted(by: { $0.key < $1.key }) {
      field(name)
      write(schema: .object(fields), root: root)
    }
    append("}")
  }
}
