internal import Contract
internal import JSON
internal import Users

enum Update {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: UpdateParams, store, out) throws(Failure) in
      if params.patch.isEmpty {
        throw .invalidParams([.init("", "must name at least one field to change")])
      }
      let old = try store.user(params.user)
      try run(params.patch, old, params.options, store, &out)
    }
  }

  /// Changes `old`, and writes the changed account.
  static func run<Store: UserStore>(
    _ patch: AccountPatch, _ old: User, _ options: MutationOptions, _ store: ScopedStore<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) {
    // A caller who may not change an owner's account learns nothing more about it.
    try store.check(.update(old, to: old))
    try options.check(old)
    let new = try patch.applied(to: old)
    store.write(try store.apply(.update(old, to: new)), into: &out)
  }
}

struct UpdateParams: MutationParams {
  let user: UserReference
  var patch: AccountPatch
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email.")
    patch = AccountPatch(&v, isNew: false)
    options = MutationOptions(&v)
    let cleared: ClearedFields? = v.optional("clear", "Fields to clear.")
    for at in patch.clear(cleared?.names ?? []) {
      v.report("/clear/\(at)", "is set and cleared in one call; do one of the two")
    }
  }
}

extension UpdateParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

extension Update {
  static let declaration = Mutation.declaration(
    UpdateParams.self,
    "users.update", "Changes the given fields of an account.",
    access: .needs(.update), effect: .destructive, isIdempotent: true,
    tool: MCPTool(
      "A null argument changes nothing; clear empties a field."),
    refusals: [.notFound, .failedPrecondition, .tooLarge],
    result: .object(EndedAccess.userFields),
    examples: [
      MethodExample(
        "Changes two fields",
        [
          "user_id": "bo@acme.example", "job_title": "Head of support",
          "metadata": ["desk": "B12"], "expected_version": 1,
        ],
        result: ExampleValue(
          ExampleData.changed(ExampleData.bo, at: 70, version: 2) { user in
            user.jobTitle = "Head of support"
            user.metadata = #"{"desk":"B12"}"#
          }))
    ])
}
