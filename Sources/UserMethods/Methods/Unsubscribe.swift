internal import Contract
internal import JSON
internal import Users

enum Unsubscribe {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (_: NoParams, store, out) throws(Failure) in
      store.control.subscription = nil
      out.append("true")
    }
  }
}

extension Unsubscribe {
  static let declaration = Declaration(
    NoParams.self,
    "users.unsubscribe", "Ends the subscription, if there is one.", access: .needs(.events),
    effect: .read, isIdempotent: true, result: .constantTrue,
    examples: [MethodExample("No more", [:], result: true)])
}
