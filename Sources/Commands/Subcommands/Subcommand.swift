/// A command: its description and its code.
protocol Subcommand {
  static var description: CommandDescription { get }
  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws
}
