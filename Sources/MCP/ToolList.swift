internal import Contract
internal import JSON

/// Writes methods as `tools/list` describes them.
///
/// Schemas are short, because models read them: they omit the aliases of params, the optional
/// fields of results, and all secrets.
struct ToolList {
  /// The schemas that other schemas refer to by name.
  let definitions: [String: [Field]]
  let names: ToolNames

  func write(_ methods: [MethodDescription], into out: inout ByteBuffer) {
    var argument = PlainSchema(use: .argument, definitions: definitions)
    argument.bulkMethods = methods.filter(\.isInBulk).flatMap {
      [$0.name.description, $0.toolName]
    }
    let result = PlainSchema(use: .result, definitions: definitions)
    out.append("[")
    for method in methods {
      guard let tool = method.tool else { continue }
      let (params, schema) = method.schemas
      out.element()
      out.append("{")
      out.field("name")
      out.write(method.toolName)
      out.field("title")
      out.write(Self.title(of: method))
      out.field("description")
      out.write(names.applied(to: method.summary + " " + tool.advice))
      out.field("inputSchema")
      argument.write(root: params, into: &out)
      out.field("outputSchema")
      result.write(root: resultFields(of: schema), into: &out)
      writeAnnotations(of: method, into: &out)
      if schema.mayBeLong {
        out.field("_meta")
        out.append("{")
        LengthLimit.write(into: &out)
        out.append("}")
      }
      out.append("}")
    }
    out.append("]")
  }

  /// Turns "users.get_current" into "Users: get current".
  private static func title(of method: MethodDescription) -> String {
    let words = method.name.description.words(at: ".").map { $0.replacingScalar("_", by: " ") }
    guard let first = words.first?.first else { return "" }
    return (words.first.map { first.uppercased() + $0.dropFirst() } ?? "") + ": "
      + words.dropFirst().joined(separator: " ")
  }

  private func writeAnnotations(of method: MethodDescription, into out: inout ByteBuffer) {
    out.field("annotations")
    out.append("{")
    out.field("readOnlyHint")
    out.write(method.effect == .read)
    out.field("destructiveHint")
    out.write(method.effect == .destructive)
    out.field("idempotentHint")
    out.write(method.isIdempotent)
    out.field("openWorldHint")
    out.write(false)
    out.append("}")
  }

  /// The fields of the structured content.
  private func resultFields(of schema: Schema) -> [Field] {
    if schema.isWrapped { return [Field("result", "", schema, isRequired: true)] }
    if case .object(let fields) = schema { return fields }
    return schema.rootName.flatMap { definitions[$0] } ?? []
  }
}

extension Schema {
  /// Whether such a result can be long; numbers and booleans can't.
  var mayBeLong: Bool {
    switch self {
    case .boolean, .constantTrue, .integer: false
    default: true
    }
  }

  var isSecret: Bool {
    switch self {
    case .secret: true
    case .nullable(let inner), .array(let inner, _): inner.isSecret
    default: false
    }
  }

  /// Whether the result is wrapped in a field `result`, because structured content must be an
  /// object.
  var isWrapped: Bool {
    switch self {
    case .object, .named: false
    default: true
    }
  }

  var rootName: String? {
    if case .named(let name) = self { name } else { nil }
  }
}
