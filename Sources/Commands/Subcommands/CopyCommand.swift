import Contract
import JSON
import Users

enum CopyCommand: Subcommand {
  static let description = CommandDescription(
    "Copy a whole directory into a new store of either kind.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Copies everything: accounts with ids and versions, deleted ones too, passwords, tokens, failed \
      sign-ins, remembered answers, events and the policy. People sign in as before, and tokens stay \
      valid. Only the event feed gets a new id, because the two stores have different events from then \
      on. roster export prints the same for both.
      """,
      """
      The source is read in one snapshot; only a file of an older format is upgraded first. End its \
      servers before, because the copy lacks later changes. The new store exists only when it is complete: a copy that was interrupted leaves \
      none, and can be repeated. A store that exists already is not changed.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let source = try options.needed(options.source, "--from")
    let target = try options.needed(options.target, "--to")
    if case .file = target, !options.grantees.isEmpty {
      throw UsageError("--grant is for a new store on a database server")
    }
    let accounts: Int
    do {
      defer { Terminal.showProgress("") }
      accounts = try copy(source, target, options.grantees, store)
    }
    Warning.ifOpenToAll(source)
    Terminal.say(summary(target, accounts))
  }

  private static func copy<Store: KeptStore>(
    _ source: StoreAddress, _ target: StoreAddress, _ grantees: [String], _ store: Store.Type
  ) throws -> Int {
    let reader = try store.reader(of: source) { all, left in
      Terminal.showProgress("Upgrading the store: \((all - left) * 100 / max(all, 1))%")
    }
    let writer = try store.writer(to: target, grantees: grantees)
    return try DirectoryCopy.run(from: reader, to: writer) { all, left in
      let share = (all - left) * 100 / max(all, 1)
      Terminal.showProgress(left == 0 ? "building indexes" : "\(share)% copied")
    }
  }

  private static func summary(_ target: StoreAddress, _ accounts: Int) -> String {
    if Terminal.isOutputForPeople { return "\(target.text) holds \(accounts) accounts now" }
    var out = ByteBuffer()
    out.append("{")
    out.field("copied")
    out.write(target.text)
    out.field("accounts")
    out.write(accounts)
    out.append("}")
    return out.string
  }
}
