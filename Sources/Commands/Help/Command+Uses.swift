extension Command {
  /// The usage line of each form of the command, with its options if they fit into the line.
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
  /// The short names first: `-h, --help`.
  var allNames: String { names.reversed().joined(separator: ", ") }

  /// All names, with the placeholder of the value.
  var longForm: String { placeholder.isEmpty ? allNames : "\(allNames) \(placeholder)" }
}
