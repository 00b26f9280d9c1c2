import UserMethods
import Users

struct PolicyWork {
  let action: PolicyAction
  let policy: Policy?

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    do { try work(on: store, options) } catch {
      store.rollback()
      throw error
    }
  }

  private func work<Store: UserStore>(on store: Store, _ options: Options) throws {
    let editor = PolicyEditor(store: store)
    if action == .show {
      try store.beginSteadyRead()
      let policy = try editor.policy()
      try store.commit()
      let text = policy?.text ?? "{}"
      return Terminal.say(Terminal.isOutputForPeople ? text.indentedJSON ?? text : text)
    }
    try store.beginWrite()
    if let policy, let path = options.operands.first, try !editor.holds(policy) {
      try PolicyInput.checkNew(policy, of: path)
    }
    let outcome = try editor.set(policy)
    try store.commit()
    Terminal.say(outcome.summary)
  }
}
