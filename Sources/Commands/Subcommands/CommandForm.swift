import Contract

/// One way to use a command.
struct CommandForm: Sendable {
  /// The word that has to come first; nil for a command that has only one form.
  let word: String?
  let operands: [Operand]

  init(_ word: String? = nil, _ operands: Operand...) {
    self.word = word
    self.operands = operands
  }

  /// Refuses words that are too few or too many; `name` says whose they are.
  func check(_ words: [String], _ name: String) throws {
    let (least, most) = (operands.count { !$0.isOptional }, operands.count)
    let isOpen = operands.contains { $0.isRepeated }
    if words.count > most, !isOpen, most == 0 {
      throw UsageError("\(name) takes no \(words[0].isEmpty ? "empty word" : words[0])")
    }
    if words.count > most, !isOpen {
      throw UsageError(
        "\(name) takes one \(operands[0].help[0].form), and \(words[most]) is one too many")
    }
    if words.count < least || words.first == "" {
      throw UsageError("\(name) needs one \(operands[0].need)")
    }
  }
}
