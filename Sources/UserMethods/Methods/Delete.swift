internal import Contract
internal import JSON
internal import Users

/// Whether a deleted account can come back.
enum DeleteMode: String, WordParam {
  case permanent, soft

  /// What a request means that does not say.
  static func standard<Store>(for store: ScopedStore<Store>) -> DeleteMode {
    store.request.audience == .agent ? .soft : .permanent
  }

  static var placeholder: DeleteMode { .permanent }

  var capability: Capability { self == .soft ? .delete : .purge }
}

struct DeleteParams: MutationParams {
  let user: UserReference
  let mode: DeleteMode?
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email.")
    mode = v.optional("mode", "Soft, to be restored, or for good (permanent; for tools soft).")
    options = MutationOptions(&v)
  }
}

extension DeleteParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

enum Delete<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.delete",
      "Deletes an account with its roles, password, tokens and OAuth link, and frees its email.",
      access: .needsEither(.delete, .purge), effect: .destructive, isIdempotent: true,
      tool: AgentTool(
        "users.restore brings it back, unless mode is permanent."),
      refusals: [.notFound, .failedPrecondition], result: .yes,
      examples: [
        MethodExample(
          "Deletes somebody so that they can come back",
          ["user_id": "mara@acme.example", "mode": "soft"], result: true)
      ]
    ) { (params: DeleteParams, store, out) throws(Failure) in
      let mode = params.mode ?? .standard(for: store)
      let store = try store.using(mode.capability)
      let user = try store.user(params.user)
      try params.options.check(user)
      switch mode {
      case .soft: _ = try store.apply(.update(user, to: deleted(user, at: try store.now())))
      case .permanent: _ = try store.apply(.delete(user))
      }
      out.append("true")
    }
  }

  private static func deleted(_ user: User, at time: Timestamp) -> User {
    var new = user
    new.deletedAt = time
    new.roles = []
    new.oauthProvider = nil
    new.oauthID = nil
    new.deriveFlags()
    return new
  }
}

struct RestoreParams: MutationParams {
  let user: UserReference
  let options: MutationOptions
  let organization: OrganizationID?

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email.")
    options = MutationOptions(&v)
    organization = v.optional(
      "org_id", alias: "organization_id", "Organization to come back to (the one that it was in).")
  }
}

extension RestoreParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

enum Restore<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.restore",
      "Brings back an account that was soft-deleted, with its labels and at most a member's rights.",
      access: .needs(.delete), isIdempotent: false,
      tool: AgentTool("Deleted accounts are listed with status [\"deleted\"]."),
      refusals: [.notFound], result: .named("User"),
      examples: [
        MethodExample(
          "Brings somebody back", ["user_id": "mara@acme.example"],
          result: ExampleValue(Story.changed(Story.mara, at: 80, version: 3)))
      ]
    ) { (params: RestoreParams, store, out) throws(Failure) in
      let old = try deleted(params.user, store)
      try params.options.check(old)
      var new = old
      new.deletedAt = nil
      new.roles = try store.restoredRoles(of: old)
      if let organization = params.organization { new.organizationID = organization.value }
      new.deriveFlags()
      store.write(try store.apply(.update(old, to: new)), into: &out)
    }
  }

  /// The deleted account with this id, or the one that was deleted last of those with this email.
  private static func deleted(
    _ reference: UserReference, _ store: ScopedStore<Store>
  ) throws(Failure) -> User {
    guard case .email(let email) = reference else {
      return try store.user(reference, isDeleted: true)
    }
    var filter = Filter(scope: store.scope)
    filter.require(.text(.email, email))
    filter.statuses = [.deleted]
    let query = PageQuery(filter: filter, sort: .updatedAt, order: .descending, limit: 1)
    var user: User?
    _ = try store.page(query) { user = User($0) }
    guard let user else { throw .userNotFound }
    return user
  }
}
