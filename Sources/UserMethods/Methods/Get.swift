internal import Contract
internal import JSON
internal import Users

enum Get {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
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
    fields = v.optional("fields", "Only these members (all; for tools a few).")
  }
}

extension GetParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

extension Get {
  static let declaration = Declaration(
    GetParams.self,
    "users.get", "Gets one user by id or email; null if there is none for this caller.",
    access: .needs(.read), effect: .read, isIdempotent: true,
    tool: AgentTool("fields asks for more."),
    result: .nullable(.named("PartialUser")),
    examples: [
      MethodExample(
        "By email", ["user_id": "bo@acme.example"], result: ExampleValue(Story.bo)),
      MethodExample("Nobody", ["user_id": "nobody@acme.example"], result: nil),
    ])
}
