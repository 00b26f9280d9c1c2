internal import Contract
internal import JSON
internal import Users

enum Get {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (params: GetParams, store, out) throws(Failure) in
      let fields = params.fields ?? .standard(for: store)
      let isFound = try store.read(params.user) { row in
        out.write(row, fields, isCurrent: row.id == store.callerID)
      }
      if !isFound { out.append("null") }
    }
  }
}

struct GetParams: Params {
  let user: UserReference
  let fields: Projection?

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email.")
    fields = v.optional("fields", "Only these fields (all; for tools a few).")
  }
}

extension GetParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

extension Get {
  static let declaration = Declaration(
    GetParams.self,
    "users.get", "Returns one user by id or email; null if the caller can see no such user.",
    access: .needs(.read), effect: .read, isIdempotent: true,
    tool: MCPTool("fields asks for more."),
    result: .nullable(.named("PartialUser")),
    examples: [
      MethodExample(
        "By email", ["user_id": "bo@acme.example"], result: ExampleValue(ExampleData.bo)),
      MethodExample("Nobody", ["user_id": "nobody@acme.example"], result: nil),
    ])
}
