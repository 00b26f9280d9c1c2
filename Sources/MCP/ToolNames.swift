internal import Contract

/// Methods by the names that agents know them by: those of their tools, where they have one.
struct ToolNames {
  private let names: [String: String]

  init(_ methods: [MethodDescription]) {
    names = Dictionary(
      uniqueKeysWithValues: methods.map { method in
        let name = method.name.description
        return (name, method.tool == nil ? name : method.toolName)
      })
  }

  func applied(to words: Words) -> String {
    words.text { names[$0.description] ?? $0.description }
  }
}
