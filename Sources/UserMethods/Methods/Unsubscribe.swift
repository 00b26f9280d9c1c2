internal import Contract
internal import JSON
internal import Users

enum Unsubscribe {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
    Method(declaration) { (_: NoParams, store, out) throws(Failure) in
      store.gate.subscription = nil
      out.append("true")
    }
  }
}

extension Unsubscribe {
  static let declaration = Declaration(
    NoParams.self,
    "users.unsubscribe", "Ends the subscription, if there is one.", access: .needs(.events),
    effect: .read, isIdempotent: true, result: .yes,
    examples: [MethodExample("No more", [:], result: true)])
}
