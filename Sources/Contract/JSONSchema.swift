public import JSON

/// Writes schemas as JSON Schema, draft-07, for OpenRPC and the files in `schema/`. A nullable
/// schema is an `anyOf`, because client generators do not read lists of types.
extension ByteBuffer {
  /// Writes a schema with a description; `root` is the location of named schemas.
  public mutating func write(schema: Schema, description: String? = nil, root: String) {
    append("{")
    if let description, !description.isEmpty { writeText("description", description) }
    writeFields(of: schema, root)
    append("}")
  }

  private mutating func writeFields(of schema: Schema, _ root: String) {
    switch schema {
    case .nullable(let inner): writeAlternatives(inner, "null", root)
    case .secret(let inner): writeFields(of: inner, root)
    case .named(let name): writeText("$ref", root + name)
    case .enumeration(let words):
      writeType("string")
      field("enum")
      words.write(into: &self)
    case .constantTrue:
      writeType("boolean")
      field("const")
      append("true")
    case .boolean: writeType("boolean")
    case .freeObject: writeType("object")
    case .params: writeAlternatives(.freeObject, "array", root)
    case .dictionary(let value, let names):
      writeType("object")
      field("patternProperties")
      append("{")
      field(names)
      write(schema: value, root: root)
      append("}")
      field("additionalProperties")
      append("false")
    case .integer(let range, _):
      writeType("integer")
      writeNumber("minimum", range.lowerBound)
      if range.upperBound < Int(Int32.max) { writeNumber("maximum", range.upperBound) }
    case .bulkMethod: writeType("string")
    case .string(let length, let pattern, let format):
      writeType("string")
      writeRange("minLength", "maxLength", length)
      if let pattern { writeText("pattern", pattern) }
      if let format { writeText("format", format) }
    case .array(let element, let length):
      writeType("array")
      writeRange("minItems", "maxItems", length)
      field("items")
      write(schema: element, root: root)
    case .object(let fields):
      writeType("object")
      writeProperties(fields, root)
    }
  }

  private mutating func writeType(_ type: StaticString) { writeText("type", type.description) }

  private mutating func writeAlternatives(_ schema: Schema, _ type: StaticString, _ root: String) {
    field("anyOf")
    append("[")
    write(schema: schema, root: root)
    append(",{\"type\":")
    write(type.description)
    append("}]")
  }

  private mutating func writeNumber(_ name: StaticString, _ value: Int) {
    field(name)
    write(value)
  }

  private mutating func writeText(_ name: StaticString, _ value: String) {
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
