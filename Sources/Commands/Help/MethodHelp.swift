import Contract
import JSON
import Server

/// The output of `roster help METHOD`, made from the declaration of the method.
enum MethodHelp {
  private static let columns = 80

  /// nil for an unknown method.
  static func text(of name: String) -> String? {
    guard let method = ServerCatalog.descriptions.first(where: { $0.name.description == name })
    else { return nil }
    let sections = [
      method.summary.text, usage(method), params(method), access(method), errors(method),
      example(method),
    ]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// Required params can be given by position.
  private static func usage(_ method: MethodDescription) -> String {
    let required = method.params.filter(\.isRequired).map { $0.name.uppercased() }
    let isOpen = required.count < method.params.count
    let words = ["usage: roster call", method.name.description] + required
    let usage = (words + (isOpen ? ["[key=value …]"] : [])).joined(separator: " ")
    return usage.wrapped(to: columns)
  }

  private static func params(_ method: MethodDescription) -> String {
    method.params.map { param in
      let form = "\(param.name)=\(placeholder(param.schema))"
      let alias = param.alias.map { " Also spelled \($0)." } ?? ""
      let remark = param.isRequired ? "Required. " : ""
      let text = (remark + param.description + alias).wrapped(to: columns, indent: 6)
      return "  \(form)\n\(text)"
    }.joined(separator: "\n")
  }

  /// What a value looks like on the command line.
  private static func placeholder(_ schema: Schema) -> String {
    switch schema {
    case .string(_, _, format: "date-time"): "TIME"
    case .string, .bulkMethod: "TEXT"
    case .enumeration(let words): words.joined(separator: "|")
    case .integer: "N"
    case .boolean: "true|false"
    case .constantTrue: "true"
    case .freeObject, .object, .params, .dictionary, .named: "JSON"
    case .nullable(let inner), .secret(let inner): placeholder(inner)
    case .array(let element, _):
      switch element {
      case .enumeration(let words) where words.count <= 6: words.joined(separator: ",")
      case .string, .enumeration: "A,B,…"
      default: "JSON"
      }
    }
  }

  private static func access(_ method: MethodDescription) -> String {
    let capabilities = method.access.capabilities.map(\.rawValue)
    if capabilities.isEmpty { return "" }
    return "Needs the capability \(capabilities.alternatives).".wrapped(to: columns)
  }

  private static func errors(_ method: MethodDescription) -> String {
    if method.refusals.isEmpty { return "" }
    let lines = method.refusals.map { "  \($0.code) \($0.rawValue)" }
    return "Errors:\n" + lines.joined(separator: "\n")
  }

  private static func example(_ method: MethodDescription) -> String {
    guard let example = method.examples.first else { return "" }
    let words = example.params.map { name, value in "\(name)=\(word(value.json))" }
    var lines = ["  roster call \(method.name)"]
    for word in words.map(ShellWord.quoted) {
      let last = lines[lines.count - 1]
      // Leaves room for the backslash that continues the line.
      if last.count + word.count + 3 <= columns {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append("    " + word)
      }
    }
    return "Example: \(example.name)\n" + lines.joined(separator: " \\\n")
  }

  /// The content of a string, or other JSON unchanged.
  private static func word(_ json: String) -> String {
    var text = json
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do { return try parser.parse(bytes).string ?? json } catch { return json }
    }
  }
}
