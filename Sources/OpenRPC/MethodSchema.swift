public import Contract
internal import JSON

/// The files of `schema/`: one for each method, with its params and its result.
public enum MethodSchema {
  public static func document(
    of method: MethodDescription, named definitions: [String: [Field]]
  ) -> String {
    var out = ByteBuffer()
    let root = "#/definitions/"
    let params = method.params
    out.append("{")
    out.field("$schema")
    out.write("http://json-schema.org/draft-07/schema#")
    out.field("title")
    out.write(method.name.description)
    out.field("description")
    out.write(method.summary.text)
    out.field("type")
    out.write("object")
    out.field("properties")
    out.append("{")
    out.field("params")
    out.write(schema: .object(params), root: root)
    out.field("result")
    out.write(schema: method.result, root: root)
    out.append("}")
    let names = Schema.object(params).names.union(method.result.names)
    if !names.isEmpty {
      out.field("definitions")
      out.writeDefinitions(definitions.filter { names.contains($0.key) }, root)
    }
    out.append("}")
    return out.string
  }
}
