import Users

enum TokenCommand: Subcommand {
  static let description = CommandDescription(
    "Create, list and revoke API tokens.",
    forms: [
      CommandForm(TokenAction.create.rawValue), CommandForm(TokenAction.list.rawValue),
      CommandForm(
        TokenAction.revoke.rawValue, Operand("ID", .text, "id of the token, from list")),
    ],
    paragraphs: [
      """
      create prints the token and nothing else, once: after umask 077, roster token create … > \
      FILE makes a file for --token-file.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let action = try options.needed(options.form.flatMap(TokenAction.init), "an action")
    try options.withStore(store, .tokens(TokenWork(action: action, id: options.operands.first)))
  }
}
