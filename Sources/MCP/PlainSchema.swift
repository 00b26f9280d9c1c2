internal import Contract
internal import JSON

/// Shapes in the plainest dialect of JSON Schema, which the hosts of all agents take: one type each, no
/// format, no reference, nothing that is null or that closes an object.
///
/// What it can't say the description does. Roster refuses unknown arguments itself.
struct PlainSchema {
  /// Who reads the schema: a host that fills arguments in, or one that checks a result.
  enum Use { case argument, result }

  let use: Use
  /// The schemas that shapes name.
  let definitions: [String: [Field]]
  /// The methods that a bulk offers.
  var bulkMethods: [String] = []

  /// Params whose names say it: a model needs no more of them than their types.
  private static let obviousNames: Set<String> = [
    "avatar_url", "company", "created_after", "created_before", "dry_run", "email",
    "email_verified", "has_completed_onboarding", "is_active", "is_blocked", "is_developer",
    "is_service_account", "is_superuser", "job_title", "last_login_after", "last_login_before",
    "method", "name", "oauth_id", "oauth_provider", "org_id", "params", "role", "sort_by",
    "sort_order", "status", "updated_after", "updated_before", "user_ids", "username",
  ]

  /// Writes the schema of an object at the root.
  func write(root fields: [Field], into out: inout ByteBuffer) {
    out.append("{\"type\":\"object\"")
    writeProperties(fields, into: &out)
    out.append("}")
  }

  private func write(_ shape: Shape, _ about: String, into out: inout ByteBuffer) {
    out.append("{")
    if use == .argument { writeDescription(about, shape.remark, into: &out) }
    writeMembers(of: shape, into: &out)
    out.append("}")
  }

  private func writeDescription(_ about: String, _ remark: String, into out: inout ByteBuffer) {
    if about.isEmpty, remark.isEmpty { return }
    let space = about.isEmpty || remark.isEmpty ? "" : " "
    out.member("description")
    out.write(about + space + remark)
  }

  private func writeMembers(of shape: Shape, into out: inout ByteBuffer) {
    switch shape {
    // What may be null is of no type that the dialect has.
    case .nullable(let inner): if use == .argument { writeMembers(of: inner, into: &out) }
    case .secret(let inner): writeMembers(of: inner, into: &out)
    case .string: write(type: "string", into: &out)
    case .boolean, .yes: write(type: "boolean", into: &out)
    case .words(let words):
      write(type: "string", into: &out)
      if use == .result { return }
      out.member("enum")
      words.write(into: &out)
    case .bulkMethod: writeMembers(of: .words(bulkMethods), into: &out)
    case .integer(let range, let forAgents):
      let range = forAgents ?? range
      write(type: "integer", into: &out)
      if use == .result { return }
      // Where only one end matters refusals tell it.
      if range.upperBound >= Int(Int32.max) { return }
      out.member("minimum")
      out.write(range.lowerBound)
      out.member("maximum")
      out.write(range.upperBound)
    case .array(let element, _):
      write(type: "array", into: &out)
      out.member("items")
      write(element, "", into: &out)
    case .map, .params, .dictionary:
      write(type: "object", into: &out)
      // Some hosts close what does not say that it is open, and to some an empty schema says nothing.
      out.append(",\"additionalProperties\":{\"description\":\"Anything.\"}")
    case .object(let fields):
      write(type: "object", into: &out)
      writeProperties(fields, into: &out)
    case .named(let name): writeMembers(of: .object(definitions[name] ?? []), into: &out)
    }
  }

  private func write(type: StaticString, into out: inout ByteBuffer) {
    out.member("type")
    out.write(type.description)
  }

  private func writeProperties(_ fields: [Field], into out: inout ByteBuffer) {
    let hasEssential = use == .result && fields.contains(where: \.isEssential)
    let shown = fields.filter { isShown($0, hasEssential) }
    out.member("properties")
    out.append("{")
    for field in shown {
      out.member(field.name)
      write(field.shape, Self.obviousNames.contains(field.name) ? "" : field.about, into: &out)
    }
    out.append("}")
    let required = shown.filter(\.isRequired).map(\.name)
    if required.isEmpty { return }
    out.member("required")
    required.write(into: &out)
  }

  /// Nothing secret; and of results what is essential, or else what is always there, and has one type.
  private func isShown(_ field: Field, _ hasEssential: Bool) -> Bool {
    if field.shape.isSecret { return false }
    if use == .argument { return true }
    if case .nullable = field.shape, field.name != "result" { return false }
    return hasEssential ? field.isEssential : field.isRequired
  }
}

extension Shape {
  /// What the dialect can't say of a value.
  fileprivate var remark: String {
    switch self {
    case .string(_, _, "date-time"): "RFC 3339."
    case .string(_, _, "uuid"): "UUID."
    case .nullable(let inner): inner.remark
    default: ""
    }
  }
}
