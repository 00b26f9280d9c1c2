import Contract

/// One way to use a command.
struct CommandForm: Sendable {
  /// The required first word; nil for a command that has only one form.
  let word: String?
  let operands: [Operand]

  init(_ word: String? = nil, _ operands: Operand...) {
    self.word = word
    self.operands = operands
  }

  /// Refuses too few or too many words; `name` is the command in the error.
  func check(_ words: [String], _ name: String) throws {
    let (least, most) = (operands.count { !$0.isOptional }, operands.count)
    let isOpen = operands.contains { $0.isRepeated }
    if words.count > most, !isOpen, most == 0 {
      throw UsageError("\(name) takes no \(words[0].isEmpty ? "empty word" : words[0])")
    }
    if words.count > most, !isOpen {
      throw UsageError(
        "\(name) takes one \(operands[0].help[0].form), and \(words[most]) is not expected")
    }
    if words.count < least || words.first?.isEmpty ?? false {
      throw UsageError("\(name) needs one \(operands[0].need)")
    }
  }
}
