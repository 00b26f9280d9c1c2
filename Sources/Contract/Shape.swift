/// What a JSON value looks like: enough to say it as JSON Schema (draft-07).
public indirect enum Shape: Sendable {
  /// Lengths in characters.
  case string(length: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil)
  case words([String])
  case integer(ClosedRange<Int>)
  case boolean
  /// Always this value.
  case yes
  case array(Shape, length: ClosedRange<Int>? = nil)
  /// An object whose members are the caller's own.
  case map
  /// Params of a method: an object or a list.
  case params
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

/// One member of params or of a result, as its declaration has it.
public struct Field: Sendable {
  public let name: String
  /// Another name that means the same.
  public let alias: String?
  public let about: String
  public let shape: Shape
  public let isRequired: Bool
  /// Whether null says the same as leaving it out.
  public let ignoresNull: Bool

  public init(
    _ name: String, alias: String? = nil, _ about: String, _ shape: Shape, isRequired: Bool,
    ignoresNull: Bool = false
  ) {
    self.name = name
    self.alias = alias
    self.about = about
    self.shape = shape
    self.isRequired = isRequired
    self.ignoresNull = ignoresNull
  }

  /// The same member where it may be left out.
  public var asOptional: Field {
    Field(name, alias: alias, about, shape, isRequired: false, ignoresNull: ignoresNull)
  }
}
