import Contract
import Server
import Users

extension DocumentTables {
  /// The methods in the order of the catalogue, with their params by position.
  static var methods: MarkdownTable {
    let user = UserView.describedFields
    return MarkdownTable(
      "Method", "Params, by position", "Needs", "Effect", "Result",
      rows: ServerCatalog.descriptions.map { method in
        [
          method.code, params(of: method), needs(method),
          method.effect.rawValue, method.result.resultWords(user: user),
        ]
      })
  }

  /// The MCP tools, each with the first part of the description that agents get.
  static var tools: MarkdownTable {
    MarkdownTable(
      "Tool", "Needs", "What it does",
      rows: ServerCatalog.descriptions.compactMap { method in
        guard let tool = method.tool else { return nil }
        let mail = tool.needsMail ? ", and `--mail`" : ""
        return [method.toolName.asCode, needs(method) + mail, method.summary.asToolText]
      })
  }

  /// The filters have their own table, and `…` stands for the params that all mutations have.
  private static func params(of method: MethodDescription) -> String {
    let filters = filterParams.map(\.name)
    var params = method.params[...]
    var words: [String] = []
    if params.map(\.name).starts(with: filters) {
      params = params.dropFirst(filters.count)
      words.append("the filters")
    }
    while let param = params.first {
      let isMutation = params.map(\.name).starts(with: mutationOptions)
      words.append(isMutation ? "…" : param.isRequired ? "**\(param.code)**" : param.code)
      params = params.dropFirst(isMutation ? mutationOptions.count : 1)
    }
    return words.joined(separator: ", ")
  }

  private static let mutationOptions = ["expected_version", "idempotency_key", "dry_run"]

  static var filterParams: [Field] { method("users.count")?.params ?? [] }

  private static func needs(_ method: MethodDescription) -> String {
    switch method.access {
    case .open: "nothing"
    case .authenticated:
      method.runsOthers ? "a caller; each operation what its method needs" : "a caller"
    case .needs(let capability): capability.rawValue.asCode
    case .needsEither(let one, let other):
      "\(one.rawValue.asCode) or \(other.rawValue.asCode); the params decide"
    }
  }
}

extension Words {
  /// The text in Markdown, with the names of methods as code.
  var asText: String {
    // A private-use character does not occur in a text, so it can stand for the marks around code.
    text { "\u{E000}\($0)\u{E000}" }.asText.replacing("\u{E000}", with: "`")
  }

  /// The text in Markdown, with the names of tools as code.
  fileprivate var asToolText: String {
    text { name in
      let method = DocumentTables.method(name.description)
      return "\u{E000}\(method?.toolName ?? name.description)\u{E000}"
    }.asText.replacing("\u{E000}", with: "`")
  }
}
