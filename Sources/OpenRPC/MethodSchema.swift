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
    out.member("$schema")
    out.write("http://json-schema.org/draft-07/schema#")
    out.member("title")
    out.write(method.name.description)
    out.member("description")
    out.write(method.summary.text)
    out.member("type")
    out.write("object")
    out.member("properties")
    out.append("{")
    out.member("params")
    out.write(schema: .object(params), root: root)
    out.member("result")
    out.write(schema: method.result, root: root)
    out.append("}")
    let names = Schema.object(params).names.union(method.result.names)
    if !names.isEmpty {
      out.member("definitions")
      out.writeDefinitions(definitions.filter { names.contains($0.key) }, root)
    }
    out.append("}")
    return out.string
  }
}
