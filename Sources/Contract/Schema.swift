/// The schema of a JSON value: enough to write it as JSON Schema (draft-07).
public indirect enum Schema: Sendable {
  /// Lengths in characters.
  case string(length: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil)
  case enumeration([String])
  /// Agents may get a narrower range.
  case integer(ClosedRange<Int>, forAgents: ClosedRange<Int>? = nil)
  case boolean
  /// Always `true`.
  case constantTrue
  case array(Schema, length: ClosedRange<Int>? = nil)
  /// An object whose fields the caller chooses.
  case freeObject
  /// Params of a method: an object or a list.
  case params
  /// The name of a method that `users.bulk` accepts.
  case bulkMethod
  /// An object whose values have one schema and whose names match a pattern.
  case dictionary(Schema, names: String)
  case object([Field])
  case nullable(Schema)
  /// A schema that the document defines once.
  case named(String)
  /// A password or a token, or a value that contains one.
  case secret(Schema)

  /// The names of all named schemas that it contains.
  public var names: Set<String> {
    switch self {
    case .named(let name): [name]
    case .nullable(let inner), .array(let inner, _), .secret(let inner), .dictionary(let inner, _):
      inner.names
    case .object(let fields): fields.reduce(into: []) { $0.formUnion($1.schema.names) }
    default: []
    }
  }
}
