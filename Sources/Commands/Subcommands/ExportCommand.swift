enum ExportCommand: Subcommand {
  static let description = CommandDescription(
    "Print all accounts as JSONL or CSV.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Prints one account per line, in order of creation, from one consistent snapshot. It contains \
      no passwords, tokens, invitations, events or policy; roster backup copies everything, and \
      roster copy from a database server.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    try options.withStore(store, .export(Export()))
  }
}
