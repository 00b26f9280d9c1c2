internal import Contract
internal import JSON
internal import Users

enum GetCurrent {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (_: NoParams, store, out) throws(Failure) in
      let caller = try store.caller()
      // The caller can always read their own account, even outside the organization of the launch.
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
    "users.get_current", "Returns the calling account and its capabilities.",
    access: .needs(.read), effect: .read, isIdempotent: true,
    tool: MCPTool("You act on behalf of this account."),
    result: .object(UserView.describedFields + ResultDescriber.fields(of: OwnRights.self)),
    examples: [
      MethodExample(
        "Who calls", [:],
        result: .object(ExampleData.ada) { OwnRights.sample.fields(&$0) })
    ])
}
