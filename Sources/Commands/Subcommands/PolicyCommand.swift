import Contract
import UserMethods
import Users

enum PolicyCommand: Subcommand {
  static let description = CommandDescription(
    "Set, show or clear the custom roles of a store.",
    forms: [
      CommandForm(
        PolicyDeed.set.rawValue,
        Operand("FILE", .file, "the custom roles, as schema/policy.json describes them")),
      CommandForm(PolicyDeed.show.rawValue), CommandForm(PolicyDeed.clear.rawValue),
    ],
    paragraphs: [
      """
      The policy is kept in the store: every Roster on it goes by another one from its next \
      request on. set and clear tell how many accounts may do something else then, and how \
      many of their secrets have ended, because they may do more now than who asked for those.
      """,
      """
      No caller is asked: this is for who holds the file. show prints {} where there are no \
      custom roles.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let deed = try options.needed(options.form.flatMap(PolicyDeed.init), "a deed")
    _ = try options.keptPlace(else: "a memory store has no policy but that of serve --policy FILE")
    // A file that can't be used is told before the store is touched.
    let policy = try options.operands.first.map { try PolicyInput.read($0) }
    try options.withStore(store, .policy(PolicyWork(deed: deed, policy: policy)))
  }
}

extension PolicyEditor.Outcome {
  var summary: String {
    if !Terminal.isOutputForPeople {
      return "{\"accounts_changed\":\(accountsChanged),\"access_ended\":\(accessEnded)}"
    }
    let accounts = accountsChanged == 1 ? "1 account" : "\(accountsChanged) accounts"
    let secrets = accessEnded == 1 ? "1 secret has" : "\(accessEnded) secrets have"
    return "\(accounts) may do something else now; \(secrets) ended"
  }
}
