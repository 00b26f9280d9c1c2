/// One field of params or of a result, as it is declared.
public struct Field: Sendable {
  public let name: String
  /// Another name with the same meaning.
  public let alias: String?
  public let description: String
  public let schema: Schema
  public let isRequired: Bool
  /// Whether it is among the few fields of a record that agents get unless they request more.
  public var isEssential = false

  public init(
    _ name: String, alias: String? = nil, _ description: String, _ schema: Schema, isRequired: Bool
  ) {
    self.name = name
    self.alias = alias
    self.description = description
    self.schema = schema
    self.isRequired = isRequired
  }

  /// The same field, but not required.
  public var asOptional: Field {
    var field = Field(name, alias: alias, description, schema, isRequired: false)
    field.isEssential = isEssential
    return field
  }
}
