import Contract

/// What people and shells are told of a command. Its options are declared apart (`Option`).
struct CommandDescription: Sendable {
  let summary: String
  /// How it is used: once, or once for each word that has to come first.
  let forms: [CommandForm]
  /// What is told below the options: paragraphs of sentences.
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

  /// The operands of all forms, each once.
  var operands: [Operand] {
    var all: [Operand] = []
    for operand in forms.flatMap(\.operands) where !all.contains(where: { $0.form == operand.form })
    {
      all.append(operand)
    }
    return all
  }

  /// Which form the words are of, and what they leave for its operands.
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
