import Contract
import UserMethods
import Users

enum PolicyCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Set, show or clear the custom roles of a store.",
    usage: """
      usage: roster policy set FILE [--store file:PATH]
             roster policy show [--store file:PATH]
             roster policy clear [--store file:PATH]

        FILE                the custom roles, as schema/policy.json describes them
        --store file:PATH   the store's file ($XDG_DATA_HOME/roster/users.db)

      The policy is kept in the store: every Roster on it goes by another one from its next request on.
      set and clear tell how many accounts may do something else then, and how many of their secrets have
      ended, because they may do more now than who asked for those. No caller is asked: this is for who
      holds the file. show prints {} where there are no custom roles.
      """,
    options: ["--store"]
  )

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let deed = PolicyDeed(rawValue: options.words.first ?? "") else {
      throw UsageError("policy is followed by set, show or clear")
    }
    let words = Array(options.words.dropFirst())
    guard words.count == (deed == .set ? 1 : 0) else {
      throw UsageError("policy \(deed.rawValue) takes \(deed == .set ? "one FILE" : "no word")")
    }
    _ = try options.keptPlace(else: "a memory store has no policy but that of serve --policy FILE")
    // A file that can't be used is told before the store is touched.
    let policy = try words.first.map { try PolicyInput.read($0) }
    try options.withStore(store, PolicyWork(deed: deed, policy: policy))
  }
}

private enum PolicyDeed: String { case set, show, clear }

private struct PolicyWork: StoreWork {
  let deed: PolicyDeed
  let policy: Policy?

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    do { try work(on: store) } catch {
      store.abandon()
      throw error
    }
  }

  private func work<Store: UserStore>(on store: Store) throws {
    let editor = PolicyEditor(store: store)
    if deed == .show {
      try store.beginRead()
      let policy = try editor.policy()
      try store.end()
      let text = policy?.text ?? "{}"
      return Terminal.say(Terminal.isOutputForPeople ? text.indentedJSON ?? text : text)
    }
    try store.beginWrite()
    let outcome = try editor.set(policy)
    try store.end()
    Terminal.say(outcome.summary)
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
