internal import Contract
internal import JSON

/// Writes schemas in the simplest dialect of JSON Schema, which all agent hosts accept: one type
/// for each value, no format, no reference, no null, and no closed objects.
///
/// Descriptions state the rest. Roster itself refuses unknown arguments.
struct PlainSchema {
  /// The reader of the schema: a host that fills in arguments, or one that checks a result.
  enum Use { case argument, result }

  let use: Use
  /// The schemas that other schemas refer to by name.
  let definitions: [String: [Field]]
  /// The methods that `users.bulk` accepts.
  var bulkMethods: [String] = []

  /// Params with self-explanatory names: a model needs only their types.
  private static let obviousNames: Set<String> = [
    "avatar_url", "company", "created_after", "created_before", "dry_run", "email",
    "email_verified", "has_completed_onboarding", "is_active", "is_blocked", "is_developer",
    "is_service_account", "is_superuser", "job_title", "last_login_after", "last_login_before",
    "method", "name", "oauth_id", "oauth_provider", "order", "org_id", "params", "role",
    "sort_by", "sort_order", "since", "status", "until", "updated_after", "updated_before",
    "user_ids", "username",
  ]

  /// Writes the schema of a root object.
  func write(root fields: [Field], into out: inout ByteBuffer) {
    out.append("{\"type\":\"object\"")
    writeProperties(fields, into: &out)
    out.append("}")
  }

  private func write(_ schema: Schema, _ description: String, into out: inout ByteBuffer) {
    out.append("{")
    if use == .argument { writeDescription(description, schema.remark, into: &out) }
    writeFields(of: schema, into: &out)
    out.append("}")
  }

  private func writeDescription(_ description: String, _ remark: String, into out: inout ByteBuffer)
  {
    if description.isEmpty, remark.isEmpty { return }
    let space = description.isEmpty || remark.isEmpty ? "" : " "
    out.field("description")
    out.write(description + space + remark)
  }

  private func writeFields(of schema: Schema, into out: inout ByteBuffer) {
    switch schema {
    // The dialect has no type for a nullable value.
    case .nullable(let inner): if use == .argument { writeFields(of: inner, into: &out) }
    case .secret(let inner): writeFields(of: inner, into: &out)
    case .string: write(type: "string", into: &out)
    case .boolean, .constantTrue: write(type: "boolean", into: &out)
    case .enumeration(let words):
      write(type: "string", into: &out)
      if use == .result { return }
      out.field("enum")
      words.write(into: &out)
    case .bulkMethod: writeFields(of: .enumeration(bulkMethods), into: &out)
    case .integer(let range, let forAgents):
      let range = forAgents ?? range
      write(type: "integer", into: &out)
      if use == .result { return }
      // Without a practical upper bound, both bounds are omitted; error messages state them.
      if range.upperBound >= Int(Int32.max) { return }
      out.field("minimum")
      out.write(range.lowerBound)
      out.field("maximum")
      out.write(range.upperBound)
    case .array(let element, _):
      write(type: "array", into: &out)
      out.field("items")
      write(element, "", into: &out)
    case .freeObject, .params, .dictionary:
      write(type: "object", into: &out)
      // Some hosts forbid fields that the schema does not allow, and some ignore an empty schema.
      out.append(",\"additionalProperties\":{\"description\":\"Anything.\"}")
    case .object(let fields):
      write(type: "object", into: &out)
      writeProperties(fields, into: &out)
    case .named(let name): writeFields(of: .object(definitions[name] ?? []), into: &out)
    }
  }

  private func write(type: StaticString, into out: inout ByteBuffer) {
    out.field("type")
    out.write(type.description)
  }

  private func writeProperties(_ fields: [Field], into out: inout ByteBuffer) {
    let hasEssential = use == .result && fields.contains(where: \.isEssential)
    let shown = fields.filter { isShown($0, hasEssential) }
    out.field("properties")
    out.append("{")
    for field in shown {
      out.field(field.name)
      write(
        field.schema, Self.obviousNames.contains(field.name) ? "" : field.description, into: &out)
    }
    out.append("}")
    let required = shown.filter(\.isRequired).map(\.name)
    if required.isEmpty { return }
    out.field("required")
    required.write(into: &out)
  }

  /// Hides secrets. Results show essential fields, or the required ones if none is essential, but
  /// no nullable ones except `result`.
  private func isShown(_ field: Field, _ hasEssential: Bool) -> Bool {
    if field.schema.isSecret { return false }
    if use == .argument { return true }
    if case .nullable = field.schema, field.name != "result" { return false }
    return hasEssential ? field.isEssential : field.isRequired
  }
}

extension Schema {
  /// A constraint that the dialect can't express.
  fileprivate var remark: String {
    switch self {
    case .string(_, _, "date-time"): "RFC 3339."
    case .string(_, _, "uuid"): "UUID."
    case .nullable(let inner): inner.remark
    default: ""
    }
  }
}
