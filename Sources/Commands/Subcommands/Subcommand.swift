/// What a command is, and what it does.
protocol Subcommand {
  static var description: CommandDescription { get }
  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws
}
