/// What a JSON value looks like: enough to say it as JSON Schema (draft-07).
public indirect enum Shape: Sendable {
  /// Lengths in characters.
  case string(length: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil)
  case words([String])
  /// Agents may be given less.
  case integer(ClosedRange<Int>, forAgents: ClosedRange<Int>? = nil)
  case boolean
  /// Always this value.
  case yes
  case array(Shape, length: ClosedRange<Int>? = nil)
  /// An object whose members are the caller's own.
  case map
  /// Params of a method: an object or a list.
  case params
  /// The name of a method that a bulk takes.
  case bulkMethod
  /// An object of values of one shape, under names that match a pattern.
  case dictionary(Shape, names: String)
  case object([Field])
  case nullable(Shape)
  /// A schema that the document defines once.
  case named(String)
  /// A password or a token, or what holds one.
  case secret(Shape)

  /// The schemas that are named in it.
  public var names: Set<String> {
    switch self {
    case .named(let name): [name]
    case .nullable(let inner), .array(let inner, _), .secret(let inner), .dictionary(let inner, _):
      inner.names
    case .object(let fields): fields.reduce(into: []) { $0.formUnion($1.shape.names) }
    default: []
    }
  }
}
