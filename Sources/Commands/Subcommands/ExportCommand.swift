enum ExportCommand: Subcommand {
  static let description = CommandDescription(
    "Print all accounts as JSONL or CSV.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Prints one account a line, in the order of creation, all of one moment. Passwords, tokens, \
      invitations, events and the policy are no part of it: roster backup copies all.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    try options.withStore(store, .export(Export()))
  }
}
