/// An argument of a command that is not an option.
struct Operand: Sendable {
  /// Its form in the usage line: `FILE`, `[COMMAND]`.
  let form: String
  /// Its help; more than one entry if it has several forms.
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

  /// Any number of arguments, each in one of these forms.
  init(anyOf help: [(form: String, text: String)]) {
    form = "[\(help.map(\.form).joined(separator: " | "))]"
    self.help = help
    values = .text
    isOptional = true
    isRepeated = true
  }

  /// Its name, and its values if they are a fixed list of words.
  var need: String {
    let name = help[0].form
    guard case .words(let words) = values else { return name }
    return "\(name): \(words().joined(separator: ", "))"
  }
}
