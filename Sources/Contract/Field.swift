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
