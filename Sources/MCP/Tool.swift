internal import Contract

/// A method that agents can call as a tool, with the data that each call needs.
struct Tool<Control: AccessControl> {
  let name: String
  let method: Method<Control>
  let isWrapped: Bool

  init(_ method: Method<Control>) {
    name = method.description.toolName
    self.method = method
    isWrapped = method.description.result.isWrapped
  }
}
