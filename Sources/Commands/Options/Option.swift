/// An option of the command line, declared once: parsing, help, completions and the man page follow
/// from it. The declarations are in the files beside this one, and `all` lists those.
struct Option: Sendable {
  enum Effect: Sendable {
    case flag(@Sendable (inout Options) throws -> Void)
    /// `placeholder` stands for the value in help, such as PATH.
    case value(
      placeholder: String, Values, @Sendable (inout Options, String) throws -> Void)
  }

  /// The first one is told first, and is the one that is written down.
  let names: [String]
  let commands: [Command]
  /// The forms of a command that it means something to, such as `create` of `token`; empty for all.
  let forms: [String]
  /// Whether these forms can't do without it.
  let isRequired: Bool
  /// False for what is understood so that it can be refused with a reason.
  let isListed: Bool
  /// A line or two: a phrase without a full stop.
  let help: String
  /// What else there is to know, in sentences; empty if there is nothing. Only long texts ask for it.
  let details: @Sendable () -> String
  let effect: Effect

  var name: String { names[0] }

  /// With what it takes: `--store file:PATH`.
  var form: String { placeholder.isEmpty ? name : "\(name) \(placeholder)" }

  /// What stands for its value; empty for a switch.
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
  /// A switch.
  init(
    _ names: String..., of commands: [Command], _ help: String,
    details: @autoclosure @escaping @Sendable () -> String,
    effect: @escaping @Sendable (inout Options) throws -> Void
  ) {
    self.init(
      names: names, commands: commands, forms: [], isRequired: false, isListed: true, help: help,
      details: details, effect: .flag(effect))
  }

  /// An option with a value.
  init(
    _ names: String..., takes placeholder: String, _ values: Values, of commands: [Command],
    forms: [String] = [], isRequired: Bool = false, isListed: Bool = true, _ help: String,
    details: @autoclosure @escaping @Sendable () -> String,
    effect: @escaping @Sendable (inout Options, String) throws -> Void
  ) {
    self.init(
      names: names, commands: commands, forms: forms, isRequired: isRequired, isListed: isListed,
      help: help, details: details,
      effect: .value(placeholder: placeholder, values, effect))
  }
}

extension Option {
  static let all = [
    storing, calling, mailing, serving, initializing, tokens, files, maintaining, general,
  ].flatMap { $0 }

  /// What `command` takes.
  static func taken(by command: Command) -> [Option] {
    all.filter { $0.commands.contains(command) }
  }

  /// What help and completions offer with one form of a command; with all of them where it is nil.
  static func listed(for command: Command, form: String? = nil) -> [Option] {
    taken(by: command).filter { option in
      option.isListed && (form.map { option.means(form: $0) } ?? true)
    }
  }

  func means(form: String) -> Bool { forms.isEmpty || forms.contains(form) }
}
