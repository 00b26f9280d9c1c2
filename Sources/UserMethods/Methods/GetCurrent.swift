internal import Contract
internal import JSON
internal import Users

enum GetCurrent {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
    Method(declaration) { (_: NoParams, store, out) throws(Failure) in
      let caller = try store.caller()
      // Whom a launch for one organization keeps from everybody else still is somebody.
      _ = try store.own { row in
        out.append("{")
        row.fields(&out, isCurrent: true)
        OwnRights(caller: caller).fields(&out)
        out.append("}")
      }
    }
  }
}

extension GetCurrent {
  static let declaration = Declaration(
    NoParams.self,
    "users.get_current", "Gets the calling account, with what it may do.",
    access: .needs(.read), effect: .read, isIdempotent: true,
    tool: AgentTool("This is on whose behalf you act."),
    result: .object(UserRow.describedFields + ResultDescriber.fields(of: OwnRights.self)),
    examples: [
      MethodExample(
        "Who calls", [:],
        result: .object(Story.ada) { OwnRights.sample.fields(&$0) })
    ])
}
