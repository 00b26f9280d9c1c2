public import Contract
internal import JSON

/// The schema of a file that Roster reads.
public enum FileSchema {
  public static func document(title: String, description: String, _ fields: [Field]) -> String {
    var out = ByteBuffer()
    out.append("{")
    out.field("$schema")
    out.write("http://json-schema.org/draft-07/schema#")
    out.field("title")
    out.write(title)
    out.field("description")
    out.write(description)
    out.field("type")
    out.write("object")
    out.writeProperties(fields, "#/definitions/")
    out.append("}")
    return out.string
  }
}
