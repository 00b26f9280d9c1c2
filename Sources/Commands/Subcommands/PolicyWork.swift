import UserMethods
import Users

struct PolicyWork {
  let deed: PolicyDeed
  let policy: Policy?

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    do { try work(on: store, options) } catch {
      store.abandon()
      throw error
    }
  }

  private func work<Store: UserStore>(on store: Store, _ options: Options) throws {
    let editor = PolicyEditor(store: store)
    if deed == .show {
      try store.beginRead()
      let policy = try editor.policy()
      try store.end()
      let text = policy?.text ?? "{}"
      return Terminal.say(Terminal.isOutputForPeople ? text.indentedJSON ?? text : text)
    }
    try store.beginWrite()
    if let policy, let path = options.operands.first, try !editor.holds(policy) {
      try PolicyInput.checkNew(policy, of: path)
    }
    let outcome = try editor.set(policy)
    try store.end()
    Terminal.say(outcome.summary)
  }
}
