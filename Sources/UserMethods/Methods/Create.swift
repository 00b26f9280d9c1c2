internal import Contract
internal import JSON
internal import Users

enum Create {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Mutation.method(declaration) {
      (params, control, request) throws(Failure) -> TemporaryPassword? in
      guard params.inviteMode == .temporaryPassword else { return nil }
      // A dry run needs no working password.
      if params.options.isDryRun { return .sample }
      return try control.beforeWriteLock(request) { () throws(Failure) in try TemporaryPassword() }
    } run: { (params, password, store, out) throws(Failure) in
      try run(params, password, store, &out)
    }
  }

  static func run<Store: UserStore>(
    _ params: CreateParams, _ password: TemporaryPassword?, _ store: ScopedStore<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) {
    if params.ifExists != .error, let existing = try existing(params, store) {
      return try answer(existing, params, store, &out)
    }
    if params.options.expectedVersion != nil {
      throw .invalidParams([.init("/expected_version", "can be given only for an existing account")]
      )
    }
    let applied = try insertUser(params, password, store)
    store.write(applied, into: &out) { out in
      guard let opened = applied.opened, let user = applied.user, !store.request.isDryRun else {
        return
      }
      let letter = Letter(params.inviteMode.letterKind, to: User(user), opened)
      store.write(fieldsOf: store.delivery(of: letter, to: user.id), into: &out)
    }
  }

  private static func insertUser<Store: UserStore>(
    _ params: CreateParams, _ password: TemporaryPassword?, _ store: ScopedStore<Store>
  ) throws(Failure) -> AccountWriter<Store>.Applied {
    let user = try newUser(params, store)
    try params.inviteMode.check(user)
    let change = AccountChange.create(user, opening: try way(params, password))
    if change.opens != nil {
      try store.check(change)
      // An agent without the invite tool can't invite through an option of create either.
      try store.checkTool(Invite.declaration.description, for: .invite)
      try store.checkDeliveryChannel()
    }
    let applied = try store.apply(change)
    // Another process may have generated the same id in the same millisecond.
    return applied.isIDTaken ? try insertUser(params, password, store) : applied
  }

  private static func way(
    _ params: CreateParams, _ password: TemporaryPassword?
  ) throws(Failure) -> NewCredential? {
    switch params.inviteMode {
    case .none: return nil
    case .emailLink: return .invitation
    case .temporaryPassword:
      guard let password else { throw .internalError }
      return .temporaryPassword(password)
    }
  }

  private static func newUser<Store: UserStore>(
    _ params: CreateParams, _ store: ScopedStore<Store>
  ) throws(Failure) -> User {
    var user = User(id: try store.nextID())
    // A launch or caller that is bound to an organization creates accounts there.
    if case .organization(let id) = store.scope { user.organizationID = id }
    user.flags.set(.serviceAccount, params.isServiceAccount)
    user.flags.set(.internal, params.isInternal)
    user.flags.set(.invited, params.inviteMode != .none)
    return try params.patch.newUser(from: user)
  }

  /// The account that already has the email, if this caller may see it.
  private static func existing<Store: UserStore>(
    _ params: CreateParams, _ store: ScopedStore<Store>
  ) throws(Failure) -> User? {
    guard case .set(let email) = params.patch.email else { return nil }
    return try store.userIfAny(.email(email.value))
  }

  private static func answer<Store: UserStore>(
    _ existing: User, _ params: CreateParams, _ store: ScopedStore<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) {
    func refuseWhatWouldBeDropped() throws(Failure) {
      let dropped = params.dropped(by: existing)
      if !dropped.isEmpty { throw .invalidParams(dropped) }
    }
    if params.ifExists == .update {
      try check(.update, by: Update.declaration.description, existing, store)
      try refuseWhatWouldBeDropped()
      return try Update.run(
        params.patch, existing, params.options, try store.using(.update), &out)
    }
    try check(.read, by: Get.declaration.description, existing, store)
    try refuseWhatWouldBeDropped()
    try params.options.check(existing)
    store.write(PackedUser(existing), into: &out)
  }

  /// Requires the capability of `method` and, from agents, its tool.
  private static func check<Store: UserStore>(
    _ capability: Capability, by method: @autoclosure () -> MethodDescription, _ existing: User,
    _ store: ScopedStore<Store>
  ) throws(Failure) {
    try store.require(capability, reaching: existing)
    try store.checkTool(method(), for: capability)
  }
}

struct CreateParams: MutationParams {
  let patch: AccountPatch
  private let isService: Bool?
  private let isUndeletable: Bool?
  let inviteMode: InviteMode
  let ifExists: IfExists
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: true)
    isService = v.optional("is_service_account", "Service account, not a person.")
    isUndeletable = v.optional("is_internal", "Can't be deleted.")
    inviteMode = v.optional("invite_mode", "How the person gets access (none).") ?? .none
    ifExists = v.optional("if_exists", "What to do when the email is taken (error).") ?? .error
    options = MutationOptions(&v)
  }

  var isServiceAccount: Bool { isService ?? false }
  var isInternal: Bool { isUndeletable ?? false }

  /// Lists requested values that the existing account lacks and can't get.
  func dropped(by user: User) -> [Failure.Problem] {
    var problems: [Failure.Problem] = []
    if inviteMode != .none {
      problems.append(
        .init("/invite_mode", "can't be given for an existing account: leave it out, and invite it")
      )
    }
    let flags: [(pointer: String, given: Bool?, flag: UserFlags)] = [
      ("/is_service_account", isService, .serviceAccount),
      ("/is_internal", isUndeletable, .internal),
    ]
    for (pointer, given, flag) in flags {
      guard let given, given != user.flags.contains(flag) else { continue }
      let state = given ? "is not one" : "is one"
      problems.append(.init(pointer, "can't change, and the existing account \(state)"))
    }
    return problems
  }
}

extension CreateParams: ForeseenParams {
  var lookups: [Lookup] {
    let user: User
    do { user = try patch.newUser(from: User(id: UserID(key: 0, tail: 0))) } catch { return [] }
    var lookups: [Lookup] = [.username(user.username)]
    if let email = user.email { lookups.append(.email(email)) }
    if let provider = user.oauthProvider, let id = user.oauthID {
      lookups.append(.oauthIdentity(provider: provider, id: id))
    }
    return lookups
  }
}

extension ScopedStore {
  /// Refuses an agent without the tool of `method`, so that no other method replaces that tool.
  fileprivate func checkTool(
    _ method: @autoclosure () -> MethodDescription, for capability: Capability
  ) throws(Failure) {
    guard request.audience == .agent else { return }
    let method = method()
    if !control.isTool(method) { throw .toolNeeded(method.toolName, for: capability) }
  }
}

extension Create {
  static let declaration = Mutation.declaration(
    CreateParams.self,
    "users.create", "Creates an account.", access: .needs(.create), effect: .destructive,
    isIdempotent: false,
    tool: MCPTool(
      "Needs an email, unless it is a service account."),
    refusals: [.failedPrecondition, .tooLarge],
    result: .object(EndedAccess.userFields + ResultDescriber.fields(of: SecretDelivery.self)),
    examples: [
      MethodExample(
        "Creates an account and invites the person",
        [
          "name": "Kim Tanaka", "email": "kim@acme.example", "org_id": "acme",
          "invite_mode": "email_link", "idempotency_key": "hr-2041",
        ],
        result: .object(ExampleData.kim) {
          ExampleData.letter(.invitation, ExampleData.firstInvitation, 60).delivery.fields(&$0)
        })
    ])
}
