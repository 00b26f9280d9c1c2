public import Contract
public import JSON

/// The catalogue as an OpenRPC 1.3.2 document (https://spec.open-rpc.org).
public struct OpenRPCDocument {
  /// The newest version that the metaschema in common tools accepts.
  public static let specification = "1.3.2"

  private let methods: [(method: MethodDescription, params: [Field], result: Schema)]
  private let definitions: [String: [Field]]
  private let version: String

  /// `definitions` are the named schemas.
  public init(methods: [MethodDescription], definitions: [String: [Field]], version: String) {
    var schemas = NamedSchemas(definitions)
    self.methods = methods.map { ($0, schemas.params(of: $0), schemas.result(of: $0)) }
    self.definitions = schemas.definitions
    self.version = version
  }

  /// Writes the document. With `isAllowed`, each method says whether the caller may call it.
  public func write(into out: inout ByteBuffer, isAllowed: ((MethodDescription) -> Bool)? = nil) {
    let root = "#/components/schemas/"
    out.append("{\"openrpc\":")
    out.write(Self.specification)
    writeInfo(into: &out)
    out.field("methods")
    out.append("[")
    for (method, params, result) in methods {
      out.element()
      out.append("{\"name\":")
      out.write(method.name.description)
      out.field("summary")
      out.write(method.summary.text)
      write(params, root, into: &out)
      out.field("result")
      out.append("{\"name\":\"result\",\"schema\":")
      out.write(schema: result, root: root)
      out.append("}")
      writeErrors(of: method, into: &out)
      writeExamples(of: method, into: &out)
      writeAccess(of: method, isAllowed?(method), into: &out)
      out.append("}")
    }
    out.append("]")
    out.field("components")
    out.append("{\"schemas\":")
    out.writeDefinitions(definitions, root)
    out.append("}}")
  }

  private func writeInfo(into out: inout ByteBuffer) {
    out.append(",\"info\":{\"title\":\"Roster\",\"description\":")
    out.write("A directory of users over JSON-RPC 2.0 on standard input and output.")
    out.field("version")
    out.write(version)
    out.append("}")
  }

  /// Repeats the errors in each method, because some tools do not follow references here.
  private func writeErrors(of method: MethodDescription, into out: inout ByteBuffer) {
    out.field("errors")
    out.append("[")
    for kind in method.refusals {
      out.element()
      out.append("{\"code\":")
      out.write(kind.code)
      out.field("message")
      out.write(kind.summary)
      out.append("}")
    }
    out.append("]")
  }

  private func writeExamples(of method: MethodDescription, into out: inout ByteBuffer) {
    out.field("examples")
    out.append("[")
    for example in method.examples {
      out.element()
      out.append("{\"name\":")
      out.write(example.name)
      out.field("params")
      out.append("[")
      for (name, value) in example.params {
        out.element()
        write(name, value, omission: nil, into: &out)
      }
      out.append("]")
      out.field("result")
      write("result", example.result, omission: example.omission, into: &out)
      out.append("}")
    }
    out.append("]")
  }

  private func write(
    _ name: String, _ value: ExampleValue, omission: String?, into out: inout ByteBuffer
  ) {
    out.append("{\"name\":")
    out.write(name)
    if let omission {
      out.field("description")
      out.write("Left out here: " + omission)
    }
    out.field("value")
    out.append(text: value.json)
    // An extension, for programs that compare: the actual result has more fields and longer lists.
    if omission != nil { out.append(",\"x-excerpt\":true") }
    out.append("}")
  }

  /// OpenRPC requires that required params come first. If that changes positions, the document
  /// allows params by name only.
  private func write(_ params: [Field], _ root: String, into out: inout ByteBuffer) {
    let ordered = params.filter(\.isRequired) + params.filter { !$0.isRequired }
    out.field("paramStructure")
    out.write(ordered.map(\.name) == params.map(\.name) ? "either" : "by-name")
    out.field("params")
    out.append("[")
    for param in ordered {
      out.element()
      write(param, root, into: &out)
    }
    out.append("]")
  }

  private func write(_ param: Field, _ root: String, into out: inout ByteBuffer) {
    out.append("{\"name\":")
    out.write(param.name)
    out.field("description")
    out.write(param.description + (param.alias.map { " Also spelled \($0)." } ?? ""))
    out.field("required")
    out.write(param.isRequired)
    out.field("schema")
    out.write(schema: param.schema, root: root)
    out.append("}")
  }

  /// Writes extensions: the capabilities that the method needs, its effect, whether it is
  /// idempotent, and whether this caller may call it.
  private func writeAccess(
    of method: MethodDescription, _ isAllowed: Bool?, into out: inout ByteBuffer
  ) {
    // If there are two capabilities, the params decide which one is needed.
    out.field("x-capabilities")
    method.access.capabilities.map(\.rawValue).write(into: &out)
    out.field("x-effect")
    out.write(method.effect.rawValue)
    out.field("x-idempotent")
    out.write(method.isIdempotent)
    if let isAllowed {
      out.field("x-allowed")
      out.write(isAllowed)
    }
  }
}
