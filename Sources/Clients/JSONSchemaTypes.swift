internal import Contract
internal import JSON

/// The types of the API as one JSON Schema document (draft-07): every object, and the params and the
/// result of each method, by name.
public struct JSONSchemaTypes {
  private let api: ClientAPI

  public init(_ api: ClientAPI) { self.api = api }

  public var text: String {
    var definitions: [(name: String, schema: Schema, description: String)] =
      api.enumerations.map { ($0.name, .enumeration($0.words), "") }
      + api.objects.map { ($0.name, .object($0.fields), "") }
    for method in api.methods {
      definitions.append((method.paramsType, .object(method.params), method.summary))
      let name = NamedSchemas.typeName(of: method.fullName) + "Result"
      if case .named(name) = method.result { continue }
      definitions.append((name, method.selectedResult ?? method.result, method.summary))
    }
    var out = ByteBuffer()
    out.append("{")
    out.field("$schema")
    out.write("http://json-schema.org/draft-07/schema#")
    out.field("title")
    out.write("Roster \(api.version)")
    out.field("definitions")
    out.append("{")
    for (name, schema, description) in definitions.sorted(by: { $0.name < $1.name }) {
      out.field(name)
      out.write(schema: schema, description: description, root: "#/definitions/")
    }
    out.append("}}")
    return out.string
  }
}
