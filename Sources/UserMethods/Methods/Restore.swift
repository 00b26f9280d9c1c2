internal import Contract
internal import Users

enum Restore {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: RestoreParams, store, out) throws(Failure) in
      let old = try deleted(params.user, store)
      try params.options.check(old)
      var new = old
      new.deletedAt = nil
      new.roles = try store.restoredRoles(of: old)
      if let organization = params.organization { new.organizationID = organization.value }
      if let email = params.email, email.value != old.email {
        // A new email needs the same capability as in an update.
        try store.require(.update, reaching: old)
        move(&new, to: email.value)
      }
      new.deriveFlags()
      do throws(Failure) {
        store.write(try store.apply(.update(old, to: new)), into: &out)
      } catch {
        throw error.kind == .conflict ? error.asRestoreRefusal : error
      }
    }
  }

  /// Sets a new email, which is unverified. A chosen username stays.
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
      "org_id", alias: "organization_id", "Organization to restore it to (its last one).")
    email = v.optional(
      "email", "Another email; it is not verified, and needs users.update.")
  }
}

extension RestoreParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

extension Restore {
  static let declaration = Mutation.declaration(
    RestoreParams.self,
    "users.restore",
    "Restores a soft-deleted account with its labels and at most the role member.",
    access: .needs(.delete), isIdempotent: false,
    tool: MCPTool("Deleted accounts are listed with status [\"deleted\"]."),
    refusals: [.notFound], result: .named("User"),
    examples: [
      MethodExample(
        "Restores a deleted account", ["user_id": "mara@acme.example"],
        result: ExampleValue(ExampleData.changed(ExampleData.mara, at: 80, version: 3)))
    ])
}
