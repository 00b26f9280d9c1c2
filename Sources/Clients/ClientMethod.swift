internal import Contract

/// A method as a client calls it.
struct ClientMethod: Sendable {
  /// The name on the wire: `users.list`.
  let fullName: String
  /// Its two parts: `users` and `list`.
  let namespace: String
  let name: String
  let summary: String
  let params: [Field]
  /// The name of the type of its params: `UsersListParams`.
  let paramsType: String
  let result: Schema
  /// The result of a call with the param `fields`, which selects fields of the records; nil if the
  /// method has no such param.
  let selectedResult: Schema?

  init(_ method: MethodDescription, in schemas: inout NamedSchemas) {
    fullName = method.name.description
    let parts = fullName.parts(at: ".", countMax: 2)
    (namespace, name) = (parts[0], parts[parts.count - 1])
    summary = method.summary.text
    params = schemas.params(of: method)
    paramsType = NamedSchemas.typeName(of: fullName) + "Params"
    let result = schemas.result(of: method)
    guard params.contains(where: { $0.name == Self.selection }) else {
      (self.result, selectedResult) = (result, nil)
      return
    }
    (self.result, selectedResult) = schemas.variants(of: result)
  }

  /// The param that selects fields.
  static let selection = "fields"

  /// Whether a call without params is valid.
  var needsNoParams: Bool { !params.contains { $0.isRequired } }
}

extension NamedSchemas {
  /// A result with whole users, and the same one with `PartialUser`. An object that contains them
  /// gets a second definition, whose name begins with `Partial`.
  fileprivate mutating func variants(of result: Schema) -> (whole: Schema, selected: Schema) {
    if case .named(let name) = result, name != "PartialUser", let fields = definitions[name] {
      define("Partial" + name, fields)
      define(
        name,
        fields.map {
          Field($0.name, $0.description, $0.schema.withWholeUsers, isRequired: $0.isRequired)
        })
      return (result, .named("Partial" + name))
    }
    return (result.withWholeUsers, result)
  }
}

extension Schema {
  fileprivate var withWholeUsers: Schema {
    switch self {
    case .named("PartialUser"): .named("User")
    case .nullable(let inner): .nullable(inner.withWholeUsers)
    case .array(let element, let length): .array(element.withWholeUsers, length: length)
    default: self
    }
  }
}
