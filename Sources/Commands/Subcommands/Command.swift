import Contract

/// The first argument of `roster`.
enum Command: String, CaseIterable, Sendable {
  case serve
  case initialize = "init"
  case call
  case watch
  case `import`
  case export
  case token
  case policy
  case backup
  case restore
  case copy
  case migrate
  case events
  case doctor
  case config
  case methods
  case openrpc
  case types
  case help
  case completions
  case man

  /// Commands that act for an account.
  static let callers: [Command] = [.serve, .call, .watch, .token, .config]
  /// Commands that may send mail.
  static let mailers: [Command] = [.serve, .call, .import, .config]

  /// nil for another word. `init(rawValue:)` first makes a table of all names.
  static func named(_ word: String) -> Command? { allCases.first { $0.rawValue == word } }

  /// The command with this name.
  static func required(_ word: String) throws -> Command {
    if let command = named(word) { return command }
    if word.begins(with: "-") {
      throw UsageError("the command comes first, then \(word): roster COMMAND \(word) …")
    }
    throw UsageError("unknown command \(word)\(MethodWords.suggestion(for: word))")
  }

  var type: any Subcommand.Type {
    switch self {
    case .serve: ServeCommand.self
    case .initialize: InitCommand.self
    case .call: CallCommand.self
    case .watch: WatchCommand.self
    case .import: ImportCommand.self
    case .export: ExportCommand.self
    case .token: TokenCommand.self
    case .policy: PolicyCommand.self
    case .backup: BackupCommand.self
    case .restore: RestoreCommand.self
    case .copy: CopyCommand.self
    case .migrate: MigrateCommand.self
    case .events: EventsCommand.self
    case .doctor: DoctorCommand.self
    case .config: ConfigCommand.self
    case .methods: MethodsCommand.self
    case .openrpc: OpenRPCCommand.self
    case .types: TypesCommand.self
    case .help: HelpCommand.self
    case .completions: CompletionsCommand.self
    case .man: ManCommand.self
    }
  }

  /// Does not use `type`, which would keep the compiler from specializing for the kind of store.
  func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    switch self {
    case .serve: try ServeCommand.run(options, store)
    case .initialize: try InitCommand.run(options, store)
    case .call: try CallCommand.run(options, store)
    case .watch: try WatchCommand.run(options, store)
    case .import: try ImportCommand.run(options, store)
    case .export: try ExportCommand.run(options, store)
    case .token: try TokenCommand.run(options, store)
    case .policy: try PolicyCommand.run(options, store)
    case .backup: try BackupCommand.run(options, store)
    case .restore: try RestoreCommand.run(options, store)
    case .copy: try CopyCommand.run(options, store)
    case .migrate: try MigrateCommand.run(options, store)
    case .events: try EventsCommand.run(options, store)
    case .doctor: try DoctorCommand.run(options, store)
    case .config: try ConfigCommand.run(options, store)
    case .methods: try MethodsCommand.run(options, store)
    case .openrpc: try OpenRPCCommand.run(options, store)
    case .types: try TypesCommand.run(options, store)
    case .help: try HelpCommand.run(options, store)
    case .completions: try CompletionsCommand.run(options, store)
    case .man: try ManCommand.run(options, store)
    }
  }
}
