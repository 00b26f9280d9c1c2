internal import Contract

/// A method that agents get as a tool, with what each call has to know of it.
struct Tool<Gate: Gatekeeper> {
  let name: String
  let method: Method<Gate>
  let isWrapped: Bool

  init(_ method: Method<Gate>) {
    name = method.about.toolName
    self.method = method
    isWrapped = method.about.result.isWrapped
  }
}
