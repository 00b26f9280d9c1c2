internal import Contract

/// Maps methods to the names that agents know: the tool's name if the method is a tool.
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
