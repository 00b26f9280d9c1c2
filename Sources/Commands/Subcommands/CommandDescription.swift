import Contract

/// The description of a command for help and completions. `Option` declares its options.
struct CommandDescription: Sendable {
  let summary: String
  /// The forms of the command: one, or one for each possible first word.
  let forms: [CommandForm]
  /// The paragraphs after the options.
  let paragraphs: [String]
  let exitStatus: [String]

  static let usualExitStatus = ["0 done", "1 refused or failed", "2 usage"]

  init(
    _ summary: String, forms: [CommandForm], paragraphs: [String],
    exitStatus: [String] = usualExitStatus
  ) {
    self.summary = summary
    self.forms = forms
    self.paragraphs = paragraphs
    self.exitStatus = exitStatus
  }

  /// The operands of all forms, without duplicates.
  var operands: [Operand] {
    var all: [Operand] = []
    for operand in forms.flatMap(\.operands) where !all.contains(where: { $0.form == operand.form })
    {
      all.append(operand)
    }
    return all
  }

  /// The form that the first word selects, and the operands after it.
  func operands(
    in words: [String], of command: Command
  ) throws -> (form: String?, operands: [String]) {
    if forms.count == 1, forms[0].word == nil {
      try forms[0].check(words, command.rawValue)
      return (nil, words)
    }
    guard let form = forms.first(where: { $0.word == words.first }), let word = form.word else {
      let all = forms.compactMap(\.word)
      throw UsageError("\(command.rawValue) is followed by \(all.alternatives)")
    }
    let rest = Array(words.dropFirst())
    try form.check(rest, "\(command.rawValue) \(word)")
    return (word, rest)
  }
}
