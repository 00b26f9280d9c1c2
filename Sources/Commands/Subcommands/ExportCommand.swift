enum ExportCommand: Subcommand {
  static let description = CommandDescription(
    "Print all accounts as JSONL or CSV.",
    forms: [CommandForm()],
    paragraphs: [
      "Prints one account a line, in the order of creation, all of one moment."
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    try options.withStore(store, .export(Export()))
  }
}
