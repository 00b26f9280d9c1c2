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

/// One member of params or of a result, as its declaration has it.
public struct Field: Sendable {
  public let name: String
  /// Another name that means the same.
  public let alias: String?
  public let about: String
  public let shape: Shape
  public let isRequired: Bool
  /// Whether it is among the few members of a record that agents get unless they ask for more.
  public var isEssential = false

  public init(
    _ name: String, alias: String? = nil, _ about: String, _ shape: Shape, isRequired: Bool
  ) {
    self.name = name
    self.alias = alias
    self.about = about
    self.shape = shape
    self.isRequired = isRequired
  }

  /// The same member where it may be left out.
  public var asOptional: Field {
    var field = Field(name, alias: alias, about, shape, isRequired: false)
    field.isEssential = isEssential
    return field
  }
}
