/// An option of the command line, declared once: parsing, help, completions and the man page use
/// the declaration. The declarations are in the files beside this one, and `all` contains them.
struct Option: Sendable {
  enum Effect: Sendable {
    case flag(@Sendable (inout Options) throws -> Void)
    /// `placeholder` names the value in the help, such as PATH.
    case value(
      placeholder: String, Values, @Sendable (inout Options, String) throws -> Void)
  }

  /// The first name is the main one, used in errors and in written commands.
  let names: [String]
  let commands: [Command]
  /// The forms of a command that accept it, such as `create` of `token`; empty for all.
  let forms: [String]
  /// Whether these forms require it.
  let isRequired: Bool
  /// The environment variable that gives the value where the command line does not.
  let variable: String?
  /// False for an option that is parsed only to be refused with a reason.
  let isListed: Bool
  /// One or two lines: a phrase without a full stop.
  let help: String
  /// More details, in sentences; may be empty. Only the long help and the man page evaluate this.
  let details: @Sendable () -> String
  let effect: Effect

  var name: String { names[0] }

  /// The option with its placeholder: `--store file:PATH`.
  var form: String { placeholder.isEmpty ? name : "\(name) \(placeholder)" }

  /// The placeholder of the value; empty for a switch.
  var placeholder: String {
    switch effect {
    case .flag: ""
    case .value(let placeholder, _, _): placeholder
    }
  }

  var values: Values? {
    switch effect {
    case .flag: nil
    case .value(_, let values, _): values
    }
  }
}

extension Option {
  /// A switch, without a value.
  init(
    _ names: String..., of commands: [Command], forms: [String] = [], _ help: String,
    details: @autoclosure @escaping @Sendable () -> String,
    effect: @escaping @Sendable (inout Options) throws -> Void
  ) {
    self.init(
      names: names, commands: commands, forms: forms, isRequired: false, variable: nil,
      isListed: true, help: help, details: details, effect: .flag(effect))
  }

  /// An option with a value.
  init(
    _ names: String..., takes placeholder: String, _ values: Values, of commands: [Command],
    forms: [String] = [], isRequired: Bool = false, variable: String? = nil,
    isListed: Bool = true, _ help: String,
    details: @autoclosure @escaping @Sendable () -> String,
    effect: @escaping @Sendable (inout Options, String) throws -> Void
  ) {
    self.init(
      names: names, commands: commands, forms: forms, isRequired: isRequired, variable: variable,
      isListed: isListed, help: help + (variable.map { "; or set \($0)" } ?? ""), details: details,
      effect: .value(placeholder: placeholder, values, effect))
  }
}

extension Option {
  static let all = [
    storing, calling, printing, mailing, serving, initializing, tokens, files, maintaining,
    general,
  ].flatMap { $0 }

  /// All options of `command`.
  static func taken(by command: Command) -> [Option] {
    all.filter { $0.commands.contains(command) }
  }

  /// The options that help and completions show for one form of a command; nil means all forms.
  static func listed(for command: Command, form: String? = nil) -> [Option] {
    taken(by: command).filter { option in
      option.isListed && (form.map { option.means(form: $0) } ?? true)
    }
  }

  func means(form: String) -> Bool { forms.isEmpty || forms.contains(form) }
}
