import Contract
import UserMethods
import Users

enum PolicyCommand: Subcommand {
  static let description = CommandDescription(
    "Set, show or clear the custom roles of a store.",
    forms: [
      CommandForm(
        PolicyAction.set.rawValue,
        Operand("FILE", .file, "the custom roles, as schema/policy.json describes them")),
      CommandForm(PolicyAction.show.rawValue), CommandForm(PolicyAction.clear.rawValue),
    ],
    paragraphs: [
      """
      The store keeps the policy: every process on it applies a change from its next request on. \
      set and clear print how many accounts gained or lost capabilities, and how many of their \
      secrets ended because the account outgrew their creators.
      """,
      """
      The command needs no caller: access to the file is enough. show prints {} if there \
      are no custom roles.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let action = try options.needed(options.form.flatMap(PolicyAction.init), "an action")
    _ = try options.keptLocation(
      else: "a memory store gets its policy only from serve --policy FILE")
    // An invalid file is reported before the store is opened.
    let policy = try options.operands.first.map { try PolicyInput.read($0) }
    try options.withStore(store, .policy(PolicyWork(action: action, policy: policy)))
  }
}

extension PolicyEditor.Outcome {
  var summary: String {
    if !Terminal.isOutputForPeople {
      return "{\"accounts_changed\":\(accountsChanged),\"access_ended\":\(accessEnded)}"
    }
    let accounts = accountsChanged == 1 ? "1 account" : "\(accountsChanged) accounts"
    let secrets = accessEnded == 1 ? "1 secret has" : "\(accessEnded) secrets have"
    return "the rights of \(accounts) changed; \(secrets) ended"
  }
}
