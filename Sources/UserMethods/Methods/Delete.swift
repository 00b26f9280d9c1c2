internal import Contract
internal import JSON
internal import Users

enum Delete {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) { (params: DeleteParams, store, out) throws(Failure) in
      let mode = params.mode ?? .standard(for: store)
      let store = try store.using(mode.capability)
      let user = try target(params.user, mode, store)
      try params.options.check(user)
      switch mode {
      case .soft: _ = try store.apply(.update(user, to: deleted(user, at: try store.now())))
      case .permanent: _ = try store.apply(.delete(user))
      }
      out.append("true")
    }
  }

  /// A soft-deleted account no longer owns its email, so it is deleted permanently by its id.
  private static func target<Store: UserStore>(
    _ reference: UserReference, _ mode: DeleteMode, _ store: ScopedStore<Store>
  ) throws(Failure) -> User {
    if let user = try store.userIfAny(reference) { return user }
    guard mode == .permanent, case .id = reference else { throw .userNotFound }
    return try store.user(reference, isDeleted: true)
  }

  private static func deleted(_ user: User, at time: Timestamp) -> User {
    var new = user
    new.delete(at: time)
    return new
  }
}

extension User {
  /// Applies soft deletion.
  mutating func delete(at time: Timestamp) {
    deletedAt = time
    (roles, oauthProvider, oauthID) = ([], nil, nil)
    deriveFlags()
  }
}

struct DeleteParams: MutationParams {
  let user: UserReference
  let mode: DeleteMode?
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email; of a deleted one the id.")
    mode = v.optional(
      "mode", "soft can be restored (default for tools); permanent can't (default).")
    options = MutationOptions(&v)
  }
}

extension DeleteParams: ForeseenParams {
  var lookups: [Lookup] { [.user(user)] }
}

extension Delete {
  static let declaration = Mutation.declaration(
    DeleteParams.self,
    "users.delete",
    "Deletes an account with its roles, password, tokens and OAuth link, and frees its email.",
    access: .needsEither(.delete, .purge), effect: .destructive, isIdempotent: true,
    tool: MCPTool(
      "\(method: "users.restore") brings it back, unless mode is permanent."),
    refusals: [.notFound, .failedPrecondition], result: .constantTrue,
    examples: [
      MethodExample(
        "Deletes an account that can be restored",
        ["user_id": "mara@acme.example", "mode": "soft"], result: true)
    ])
}
