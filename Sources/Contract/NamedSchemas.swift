/// The objects of the catalogue by name, so that documents and clients define each one once.
public struct NamedSchemas {
  /// Every named object and its fields.
  public private(set) var definitions: [String: [Field]]

  /// Starts with the objects that are already named.
  public init(_ definitions: [String: [Field]]) { self.definitions = definitions }

  public mutating func define(_ name: String, _ fields: [Field]) { definitions[name] = fields }

  /// The result of a method: an object becomes a reference such as `UsersEventsResult`, and so do
  /// the elements of a list, such as `Token` of `users.list_tokens`.
  public mutating func result(of method: MethodDescription) -> Schema {
    let name = method.name.description
    if case .array = method.result, let last = name.parts(at: "_").last {
      return reference(to: method.result, Self.typeName(of: last))
    }
    return reference(to: method.result, Self.typeName(of: name) + "Result")
  }

  /// The params of a method, whose objects become references.
  public mutating func params(of method: MethodDescription) -> [Field] {
    method.params.map { referring($0) }
  }

  /// `schema` with a reference instead of each object in it. `name` is the name of the object.
  private mutating func reference(to schema: Schema, _ name: String) -> Schema {
    switch schema {
    case .nullable(let inner): return .nullable(reference(to: inner, name))
    case .secret(let inner): return reference(to: inner, name)
    case .array(let element, let length):
      let singular = name.ends(with: "s") ? String(name.dropLast()) : name
      return .array(reference(to: element, singular), length: length)
    case .object(let fields):
      definitions[name] = fields.map { referring($0) }
      return .named(name)
    default: return schema
    }
  }

  private mutating func referring(_ field: Field) -> Field {
    Field(
      field.name, alias: field.alias, field.description,
      reference(to: field.schema, Self.typeName(of: field.name)), isRequired: field.isRequired)
  }

  /// `users.get_current` → `UsersGetCurrent`.
  public static func typeName(of name: String) -> String {
    name.parts(at: ".").flatMap { $0.parts(at: "_") }.map { word in
      guard let first = word.utf8.first else { return "" }
      return String(Unicode.Scalar(first)).uppercased() + String(word.dropFirst())
    }.joined()
  }
}
