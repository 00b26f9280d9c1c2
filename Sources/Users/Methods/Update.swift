internal import Contract
internal import JSON

struct UpdateParams: MutationParams {
  let user: UserReference
  let patch: AccountPatch
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email of the account.")
    patch = AccountPatch(&v, isNew: false)
    options = MutationOptions(&v)
  }
}

enum Update<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.update", "Changes members of an account: absent keeps, null clears.",
      access: .needs(.update), effect: .destructive, isIdempotent: true,
      tool: AgentTool(
        "Give only the members to change. expected_version refuses if somebody was quicker."),
      result: .named("User"),
      examples: [
        MethodExample(
          "Changes two members",
          [
            "user_id": "bo@acme.example", "job_title": "Head of support",
            "metadata": ["desk": "B12"], "expected_version": 1,
          ],
          result: ExampleValue(
            Story.changed(Story.bo, at: 70, version: 2) { user in
              user.jobTitle = "Head of support"
              user.metadata = #"{"desk":"B12"}"#
            }))
      ]
    ) { (params: UpdateParams, grant, out) throws(Failure) in
      if params.patch.isEmpty {
        throw .invalidParams([.init("", "must name at least one member to change")])
      }
      let old = try grant.user(params.user)
      try run(params.patch, old, params.options, grant, &out)
    }
  }

  /// Changes `old`, and writes the account as it is then.
  static func run(
    _ patch: AccountPatch, _ old: User, _ options: MutationOptions, _ grant: Authorized<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) {
    try AccountRules.checkTouch(old, grant)
    try options.check(old)
    let new = try patch.applied(to: old)
    try AccountRules.checkChange(old, new, grant)
    try AccountRules.check(new, grant.gate.policy)
    if new == old { return grant.write(StoredUser(old), into: &out) }
    try AccountRules.checkConflict(new, grant)
    if new.email != old.email || new.isOAuth != old.isOAuth, !options.isDryRun {
      try grant.endLetters(to: old)
    }
    let stored = try grant.replace(old, with: new, .userUpdated, isDryRun: options.isDryRun)
    grant.write(stored, into: &out)
  }
}
