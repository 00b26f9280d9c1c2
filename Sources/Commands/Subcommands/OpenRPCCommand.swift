import Server

enum OpenRPCCommand: Subcommand {
  static let description = CommandDescription(
    "Print the OpenRPC document.",
    forms: [CommandForm()],
    paragraphs: [
      """
      It describes every method with its params, result, errors and examples, like rpc.discover.
      """
    ])

  static func run<Store: KeptStore>(_: Options, _ store: Store.Type) throws {
    Terminal.say(ServerCatalog.document)
  }
}
