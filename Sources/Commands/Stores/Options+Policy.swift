import Contract
import UserMethods
import Users

extension Options {
  /// Stores the given policy if the store has none. A policy that differs from the store's is
  /// refused: a policy belongs to the store, not to a process.
  func adoptPolicy<Store: UserStore>(in store: Store) throws {
    guard let policyPath, let policy else { return }
    // The content of a memory store ends with the process.
    let isMemory = store.kind == "memory"
    let isReadOnly = limits.isReadOnly && !isMemory
    let editor = PolicyEditor(store: store)
    if case .refused = try editor.adopt(policy, isReadOnly: true) {
      try PolicyInput.checkNew(policy, of: policyPath)
    }
    switch try editor.adopt(policy, isReadOnly: isReadOnly) {
    case .same: return
    case .kept(let outcome):
      if !isMemory {
        Terminal.complain("roster: the store keeps the policy in \(policyPath); \(outcome.summary)")
      }
    case .other:
      throw CommandError(
        "the store's policy differs from \(policyPath)",
        "Leave out --policy to use the store's (roster policy show prints it), or change it for all "
          + "with: roster policy set \(policyPath)")
    case .refused:
      throw CommandError(
        "the store has no policy yet, and --read-only prevents storing one",
        "Set it once with: roster policy set \(policyPath)")
    }
  }
}
