internal import Contract

/// A method that agents can call as a tool, with the data that each call needs.
struct Tool {
  let name: String
  let method: MethodDescription
  /// The position of the method in the catalogue.
  let methodIndex: Int
  let isWrapped: Bool

  init(_ method: MethodDescription, at index: Int) {
    name = method.toolName
    self.method = method
    methodIndex = index
    isWrapped = method.result.isWrapped
  }
}
