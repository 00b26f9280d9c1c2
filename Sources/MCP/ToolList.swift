internal import Contract
internal import JSON

/// Methods as `tools/list` describes them.
///
/// Schemas are kept short, since models read them: no other names for a param, and of results what is
/// always there. They hold no secrets.
struct ToolList {
  /// The schemas that shapes name.
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
      let (params, shape) = method.shapes
      out.element()
      out.append("{")
      out.member("name")
      out.write(method.toolName)
      out.member("title")
      out.write(Self.title(of: method))
      out.member("description")
      out.write(names.applied(to: method.summary + " " + tool.advice))
      out.member("inputSchema")
      argument.write(root: params, into: &out)
      out.member("outputSchema")
      result.write(root: resultFields(of: shape), into: &out)
      writeAnnotations(of: method, into: &out)
      if shape.mayBeLong {
        out.member("_meta")
        out.append("{")
        LengthLimit.write(into: &out)
        out.append("}")
      }
      out.append("}")
    }
    out.append("]")
  }

  /// "users.get_current" is "Users: get current".
  private static func title(of method: MethodDescription) -> String {
    let words = method.name.description.words(at: ".").map { $0.replacingScalar("_", by: " ") }
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

  /// The members of the structured content.
  private func resultFields(of shape: Shape) -> [Field] {
    if shape.isWrapped { return [Field("result", "", shape, isRequired: true)] }
    if case .object(let fields) = shape { return fields }
    return shape.rootName.flatMap { definitions[$0] } ?? []
  }
}

extension Shape {
  /// Whether a result like this can be long: of a number and a switch it is known that it is not.
  var mayBeLong: Bool {
    switch self {
    case .boolean, .yes, .integer: false
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
