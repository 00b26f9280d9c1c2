internal import Contract

/// The tools by the names of their methods, for texts that models read.
struct ToolNames {
  private let tools: [(method: String, tool: String)]

  init(_ methods: [MethodDescription]) {
    tools = methods.filter { $0.tool != nil }.map { ($0.name.description, $0.toolName) }
  }

  /// The same words, with methods that are tools called by their names as those. A command line, which
  /// is for the people around the model, stays as it is.
  func applied(to text: String) -> String {
    // Most texts name none.
    guard text.holds(".") else { return text }
    let words = text.parts(at: " ")
    return words.indices.map { at in
      let word = words[at]
      let name = String(
        word.unicodeScalars.prefix {
          "_.".unicodeScalars.contains($0) || $0.properties.isAlphabetic
        })
      let isCommand = at > 0 && words[at - 1] == "call"
      let method = name.ends(with: ".") ? String(name.unicodeScalars.dropLast()) : name
      guard !isCommand, let known = tools.first(where: { $0.method == method }) else { return word }
      return known.tool + (word.behind(method) ?? "")
    }.joined(separator: " ")
  }
}
