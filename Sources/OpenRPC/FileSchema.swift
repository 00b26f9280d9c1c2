public import Contract
internal import JSON

/// The schema of a file that Roster reads.
public enum FileSchema {
  public static func document(title: String, about: String, _ fields: [Field]) -> String {
    var out = ByteBuffer()
    out.append("{")
    out.member("$schema")
    out.write("http://json-schema.org/draft-07/schema#")
    out.member("title")
    out.write(title)
    out.member("description")
    out.write(about)
    out.member("type")
    out.write("object")
    out.writeProperties(fields, "#/definitions/")
    out.append("}")
    return out.string
  }
}
