import Users

enum TokenCommand: Subcommand {
  static let description = CommandDescription(
    "Make, list and revoke API tokens.",
    forms: [
      CommandForm(TokenDeed.create.rawValue), CommandForm(TokenDeed.list.rawValue),
      CommandForm(TokenDeed.revoke.rawValue, Operand("ID", .text, "which token, as list tells it")),
    ],
    paragraphs: [
      """
      create prints the token and nothing else, this once: roster token create … > FILE, after \
      umask 077, makes a file for --token-file.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let deed = try options.needed(options.form.flatMap(TokenDeed.init), "a deed")
    try options.withStore(store, .tokens(TokenWork(deed: deed, id: options.operands.first)))
  }
}
