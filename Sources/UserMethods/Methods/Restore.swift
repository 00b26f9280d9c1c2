internal import Contract
internal import Users

enum Restore {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
    Mutation.method(declaration) { (params: RestoreParams, store, out) throws(Failure) in
      let old = try deleted(params.user, store)
      try params.options.check(old)
      var new = old
      new.deletedAt = nil
      new.roles = try store.restoredRoles(of: old)
      if let organization = params.organization { new.organizationID = organization.value }
      if let email = params.email, email.value != old.email {
        // Another email is a change like any other.
        try store.require(.update, reaching: old)
        move(&new, to: email.value)
      }
      new.deriveFlags()
      do throws(Failure) {
        store.write(try store.apply(.update(old, to: new)), into: &out)
      } catch {
        throw error.kind == .conflict ? error.ofReturn : error
      }
    }
  }

  /// Gives another email, of which nobody knows yet whose it is. A username that was chosen stays.
  private static func move(_ user: inout User, to email: String) {
    let isChosen = user.hasChosenUsername
    user.email = email
    user.flags.remove(.emailVerified)
    if !isChosen { user.username = user.defaultUsername }
  }

  /// The deleted account with this id, or the one that was deleted last of those with this email.
  private static func deleted<Store: UserStore>(
    _ reference: UserReference, _ store: ScopedStore<Store>
  ) throws(Failure) -> User {
    guard case .email(let email) = reference else {
      return try store.user(reference, isDeleted: true)
    }
    var filter = Filter(scope: store.scope)
    filter.require(.text(.email, IdentityKey.of(email)))
    filter.statuses = [.deleted]
    let query = PageQuery(filter: filter, sort: .updatedAt, order: .descending, limit: 1)
    var user: User?
    _ = try store.page(query) { user = User($0) }
    guard let user else { throw .userNotFound }
    return user
  }
}

struct RestoreParams: MutationParams {
  let user: UserReference
  let options: MutationOptions
  let organization: OrganizationID?
  let email: Email?

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email.")
    options = MutationOptions(&v)
    organization = v.optional(
      "org_id", alias: "organization_id", "Organization to come back to (the one that it was in).")
    email = v.optional(
      "email", "Email to come back with; another is not verified, and takes users.update.")
  }
}

extension RestoreParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

extension Restore {
  static let declaration = Mutation.declaration(
    RestoreParams.self,
    "users.restore",
    "Brings back an account that was soft-deleted, with its labels and at most a member's rights.",
    access: .needs(.delete), isIdempotent: false,
    tool: AgentTool("Deleted accounts are listed with status [\"deleted\"]."),
    refusals: [.notFound], result: .named("User"),
    examples: [
      MethodExample(
        "Brings somebody back", ["user_id": "mara@acme.example"],
        result: ExampleValue(Story.changed(Story.mara, at: 80, version: 3)))
    ])
}
