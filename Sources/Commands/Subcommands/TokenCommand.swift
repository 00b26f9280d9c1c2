import Users

enum TokenCommand: Subcommand {
  static let description = CommandDescription(
    "Create, list, rotate and revoke API tokens.",
    forms: [
      CommandForm(TokenAction.create.rawValue), CommandForm(TokenAction.list.rawValue),
      CommandForm(
        TokenAction.rotate.rawValue, Operand("ID|NAME", .text, "id or name of the token")),
      CommandForm(
        TokenAction.revoke.rawValue, Operand("ID|NAME", .text, "id or name of the token")),
    ],
    paragraphs: [
      """
      create prints the token and nothing else, once: after umask 077, roster token create … > \
      FILE makes a file for --token-file. rotate prints a new token with the same name, scopes and \
      days, and revokes the old one in the same transaction.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let action = try options.needed(options.form.flatMap(TokenAction.init), "an action")
    try options.withStore(store, .tokens(TokenWork(action: action, name: options.operands.first)))
  }
}
