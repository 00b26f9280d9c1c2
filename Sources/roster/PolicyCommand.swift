import Contract
import JSON
import SQLiteUserStore
import Server
import UserMethods
import Users

let policyCommand = Command(
  name: "policy", summary: "Set, show or clear the custom roles of a store.",
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
) { options in
  guard let deed = PolicyDeed(rawValue: options.words.first ?? "") else {
    throw UsageError("policy is followed by set, show or clear")
  }
  let words = Array(options.words.dropFirst())
  guard words.count == (deed == .set ? 1 : 0) else {
    throw UsageError("policy \(deed.rawValue) takes \(deed == .set ? "one FILE" : "no word")")
  }
  guard case .file = try options.chosenStore() else {
    throw UsageError("a memory store has no policy but that of serve --policy FILE")
  }
  // A file that can't be used is told before the store is touched.
  let policy = try words.first.map { try PolicyInput.read($0) }
  try withStore(options, PolicyWork(deed: deed, policy: policy))
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
      return Terminal.say(Terminal.isOutputForPeople ? indented(policy) : policy?.text ?? "{}")
    }
    try store.beginWrite()
    let outcome = try editor.set(policy)
    try store.end()
    Terminal.say(outcome.summary)
  }

  private func indented(_ policy: Policy?) -> String {
    var text = policy?.text ?? "{}"
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do { return try parser.parse(bytes).indented() } catch { return policy?.text ?? "{}" }
    }
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

/// Policies as people bring them.
enum PolicyInput {
  private static let bytesMax = 1 << 20

  static func read(_ path: String) throws -> Policy {
    var text = try InputFile.read(path, bytesMax: bytesMax)
    Warning.ifOpenToAll(path, "policy file")
    return try text.withUTF8 { bytes in
      do {
        var parser = JSONParser()
        return try Policy(parser.parse(bytes))
      } catch let failure as Failure {
        let problems = failure.problems.map { problem -> Notice in
          "  \(problem.pointer.isEmpty ? "/" : problem.pointer): \(problem.message)"
        }
        throw CommandError(
          "the policy in \(path) can't be used",
          .lines(problems + ["schema/policy.json says how it has to look."]))
      } catch {
        throw CommandError("\(path) is not JSON: \(error)", "Mend it and start again.")
      }
    }
  }
}

extension Options {
  /// Lets the store keep the policy that was given, if it has none. Another one than the store's is
  /// refused: a policy belongs to the store and not to a process.
  func adoptPolicy<Store: UserStore>(in store: Store) throws {
    guard let policyPath, let policy else { return }
    // What a memory store keeps ends with the process.
    let isMemory = store.kind == "memory"
    let isReadOnly = limits.isReadOnly && !isMemory
    switch try PolicyEditor(store: store).adopt(policy, isReadOnly: isReadOnly) {
    case .same: return
    case .kept(let outcome):
      if !isMemory {
        Terminal.complain("roster: the store keeps the policy in \(policyPath); \(outcome.summary)")
      }
    case .other:
      throw CommandError(
        "the store has another policy than \(policyPath)",
        "Leave --policy out to go by the store's (roster policy show prints it), or change it for all "
          + "with: roster policy set \(policyPath)")
    case .refused:
      throw CommandError(
        "the store has no policy yet, and --read-only lets it keep none",
        "Set it once with: roster policy set \(policyPath)")
    }
  }
}
