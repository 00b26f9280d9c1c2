internal import Contract

/// The tools by the names of their methods, for texts that models read.
struct ToolNames {
  private let tools: [(method: String, tool: String)]

  init(_ methods: [MethodDescription]) {
    tools = methods.filter { $0.tool != nil }.map { ($0.name.description, $0.toolName) }
  }

  /// Whether there is a dot within a word, as in the name of a method: most texts have none.
  private static func mayName(_ text: String) -> Bool {
    var rest = text.utf8[...]
    while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
      rest = rest[rest.index(after: dot)...]
      if let next = rest.first, next != UInt8(ascii: " ") { return true }
    }
    return false
  }

  /// The same words, with methods that are tools called by their names as those. A command line, which
  /// is for the people around the model, stays as it is.
  func applied(to text: String) -> String {
    guard Self.mayName(text) else { return text }
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
