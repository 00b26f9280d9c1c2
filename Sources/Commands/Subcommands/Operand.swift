/// A word behind a command that is no option.
struct Operand: Sendable {
  /// As it stands in the usage: `FILE`, `[COMMAND]`.
  let form: String
  /// What is told of it; more than one entry where it can be said in several ways.
  let help: [(form: String, text: String)]
  let values: Values
  let isOptional: Bool
  let isRepeated: Bool

  init(_ name: String, _ values: Values, isOptional: Bool = false, _ help: String) {
    form = isOptional ? "[\(name)]" : name
    self.help = [(name, help)]
    self.values = values
    self.isOptional = isOptional
    isRepeated = false
  }

  /// As many as are wanted, each in one of these ways.
  init(anyOf help: [(form: String, text: String)]) {
    form = "[\(help.map(\.form).joined(separator: " | "))]"
    self.help = help
    values = .text
    isOptional = true
    isRepeated = true
  }

  /// Its name, with all there are where these are few.
  var need: String {
    let name = help[0].form
    guard case .words(let words) = values else { return name }
    return "\(name): \(words().joined(separator: ", "))"
  }
}
