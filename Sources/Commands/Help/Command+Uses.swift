extension Command {
  /// How each form of the command is written, with its options where these have room in a line.
  func uses(columnsMax: Int) -> [String] {
    type.description.forms.map { form in
      let words = ["roster", rawValue, form.word].compactMap { $0 } + form.operands.map(\.form)
      let options = Option.listed(for: self, form: form.word).filter { $0.name != "--help" }
      let required = options.filter(\.isRequired).map(\.form)
      let others = options.filter { !$0.isRequired }.map { "[\($0.form)]" }
      let full = (words + required + others).joined(separator: " ")
      return full.count <= columnsMax
        ? full : (words + required + ["[OPTION …]"]).joined(separator: " ")
    }
  }
}

extension Option {
  /// The short ones first: `-h, --help`.
  var allNames: String { names.reversed().joined(separator: ", ") }

  /// All its names, with what it takes.
  var longForm: String { placeholder.isEmpty ? allNames : "\(allNames) \(placeholder)" }
}
