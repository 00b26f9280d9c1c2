internal import Contract
internal import JSON

/// Methods as `tools/list` describes them.
///
/// Schemas are kept short, since models read them: no other names for a param, no null where leaving
/// out says the same. They hold no secrets, and at their root nothing but an object, which is all
/// that some hosts take.
struct ToolList {
  private static let root = "#/$defs/"

  /// The schemas that shapes name.
  let definitions: [String: [Field]]

  func write(_ methods: [MethodDescription], into out: inout ByteBuffer) {
    out.append("[")
    for method in methods {
      guard let tool = method.tool else { continue }
      out.element()
      write(method, tool, into: &out)
    }
    out.append("]")
  }

  private func write(_ method: MethodDescription, _ tool: AgentTool, into out: inout ByteBuffer) {
    out.append("{")
    out.member("name")
    out.write(method.toolName)
    out.member("title")
    out.write(Self.title(of: method))
    out.member("description")
    out.write(method.summary + " " + tool.advice)
    out.member("inputSchema")
    out.append("{\"type\":\"object\"")
    out.writeProperties(method.params.compactMap(Self.argument), Self.root)
    out.append("}")
    out.member("outputSchema")
    writeOutput(method.result, into: &out)
    writeAnnotations(of: method, into: &out)
    out.append("}")
  }

  /// "users.get_current" is "Users: get current".
  private static func title(of method: MethodDescription) -> String {
    let words = method.name.description.words(at: ".").map { $0.replacing("_", by: " ") }
    guard let first = words.first?.first else { return "" }
    return (words.first.map { first.uppercased() + $0.dropFirst() } ?? "") + ": "
      + words.dropFirst().joined(separator: " ")
  }

  private func writeAnnotations(of method: MethodDescription, into out: inout ByteBuffer) {
    out.member("annotations")
    out.append("{")
    out.member("readOnlyHint")
    out.write(method.effect == .read)
    out.member("destructiveHint")
    out.write(method.effect == .destructive)
    out.member("idempotentHint")
    out.write(method.isIdempotent)
    out.member("openWorldHint")
    out.write(false)
    out.append("}")
  }

  private static func argument(_ field: Field) -> Field? {
    if field.shape.isSecret { return nil }
    var shape = field.shape
    if field.ignoresNull, case .nullable(let inner) = shape { shape = inner }
    return Field(field.name, field.about, shape.simplified, isRequired: field.isRequired)
  }

  // MARK: Results

  private func writeOutput(_ shape: Shape, into out: inout ByteBuffer) {
    out.append("{\"type\":\"object\"")
    out.writeProperties(resultFields(of: shape), Self.root)
    let names = shape.names.sorted()
    if !names.isEmpty, shape.isWrapped || shape.rootName == nil {
      out.member("$defs")
      let parts = names.map { ($0, (definitions[$0] ?? []).compactMap(Self.member)) }
      out.writeDefinitions(Dictionary(uniqueKeysWithValues: parts), Self.root)
    }
    out.append("}")
  }

  /// The members of the structured content.
  private func resultFields(of shape: Shape) -> [Field] {
    if shape.isWrapped { return [Field("result", "", shape.simplified, isRequired: true)] }
    if case .object(let fields) = shape { return fields.compactMap(Self.member) }
    return (shape.rootName.flatMap { definitions[$0] } ?? []).compactMap(Self.member)
  }

  /// A member of a result, in a few words.
  private static func member(_ field: Field) -> Field? {
    if field.shape.isSecret { return nil }
    return Field(field.name, "", field.shape.simplified, isRequired: field.isRequired)
  }
}

extension Shape {
  /// The shape as tools describe it: lengths and patterns are told by refusals, and params go by name.
  var simplified: Shape {
    switch self {
    case .string(_, _, let format): .string(format: format)
    case .params: .map
    case .nullable(let inner): .nullable(inner.simplified)
    case .array(let element, _): .array(element.simplified)
    case .object(let fields):
      .object(
        fields.map { Field($0.name, $0.about, $0.shape.simplified, isRequired: $0.isRequired) })
    default: self
    }
  }

  var isSecret: Bool {
    switch self {
    case .secret: true
    case .nullable(let inner), .array(let inner, _): inner.isSecret
    default: false
    }
  }

  /// Whether a result like this is the member `result` of the structured content, which is an object.
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
