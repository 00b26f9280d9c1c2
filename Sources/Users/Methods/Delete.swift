internal import Contract
internal import JSON

/// Whether a deleted account can come back.
enum DeleteMode: String, WordParam {
  case permanent, soft

  static var placeholder: DeleteMode { .permanent }

  var capability: Capability { self == .soft ? .delete : .purge }
}

struct DeleteParams: MutationParams {
  let user: UserReference
  let mode: DeleteMode
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email of the account.")
    mode = v.optional("mode", "Soft, to be restored, or for good (permanent).") ?? .permanent
    options = MutationOptions(&v)
  }
}

enum Delete<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.delete",
      "Deletes an account with its roles, password, tokens and OAuth link, and frees its email.",
      access: .needsEither(.delete, .purge), effect: .destructive, isIdempotent: true,
      tool: AgentTool("Choose mode soft unless it has to be for good: only that can be restored."),
      result: .yes,
      examples: [
        MethodExample(
          "Deletes somebody so that they can come back",
          ["user_id": "mara@acme.example", "mode": "soft"], result: true)
      ]
    ) { (params: DeleteParams, grant, out) throws(Failure) in
      let grant = try grant.using(params.mode.capability)
      let user = try grant.user(params.user)
      if user.id == grant.callerID { throw .ownAccount("delete") }
      try AccountRules.checkTouch(user, grant)
      if user.flags.contains(.internal) { throw .internalUser }
      try params.options.check(user)
      if AccountRules.isActiveOwner(user) { try AccountRules.checkOwnerRemains(grant) }
      try AccountRules.checkRank(of: user, grant)
      if !params.options.isDryRun {
        switch params.mode {
        case .soft: try softDelete(user, grant)
        case .permanent: try purge(user, grant)
        }
      }
      out.append("true")
    }
  }

  private static func purge(_ user: User, _ grant: Authorized<Store>) throws(Failure) {
    try grant.store { store throws(StoreError) in try store.remove(StoredUser(user)) }
    try grant.record(.userDeleted, user)
  }

  private static func softDelete(_ user: User, _ grant: Authorized<Store>) throws(Failure) {
    var new = user
    new.deletedAt = try grant.now()
    new.roles = []
    new.oauthProvider = nil
    new.oauthID = nil
    new.deriveFlags()
    try grant.removeTokens(of: user, Set(TokenKind.allCases))
    try grant.store { store throws(StoreError) in try store.setPassword(nil, of: user.id) }
    _ = try grant.replace(user, with: new, .userDeleted)
  }
}

enum Restore<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.restore", "Brings back an account that was soft-deleted, as a member.",
      access: .needs(.delete), isIdempotent: false,
      tool: AgentTool("Deleted accounts are listed with status [\"deleted\"]."),
      result: .named("User"),
      examples: [
        MethodExample(
          "Brings somebody back", ["user_id": "mara@acme.example"],
          result: ExampleValue(Story.changed(Story.mara, at: 80, version: 3)))
      ]
    ) { (params: AccountParams, grant, out) throws(Failure) in
      let old = try deleted(params.user, grant)
      try params.options.check(old)
      var new = old
      new.deletedAt = nil
      new.roles = [Policy.member]
      new.deriveFlags()
      try AccountRules.checkConflict(new, grant)
      let isDryRun = params.options.isDryRun
      grant.write(
        try grant.replace(old, with: new, .userRestored, isDryRun: isDryRun), into: &out)
    }
  }

  /// The deleted account with this id, or the one that was deleted last of those with this email.
  private static func deleted(
    _ reference: UserReference, _ grant: Authorized<Store>
  ) throws(Failure) -> User {
    guard case .email(let email) = reference else {
      return try grant.user(reference, isDeleted: true)
    }
    var filter = Filter(scope: grant.scope)
    filter.callerID = grant.callerID
    filter.email = email
    filter.statuses = [.deleted]
    let query = PageQuery(filter: filter, sort: .updatedAt, order: .descending, limit: 1)
    var user: User?
    _ = try grant.store { store throws(StoreError) in try store.page(query) { user = User($0) } }
    guard let user else { throw .userNotFound }
    return user
  }
}
