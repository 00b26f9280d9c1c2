internal import Contract
internal import JSON

/// What to do when the email is taken.
enum IfExists: String, WordParam {
  case error, `return`, update

  static var placeholder: IfExists { .error }
}

struct CreateParams: MutationParams {
  let patch: AccountPatch
  let isServiceAccount: Bool
  let isInternal: Bool
  let inviteMode: InviteMode
  let ifExists: IfExists
  let options: MutationOptions
  /// Made beforehand where one is to be handed out.
  var temporaryPassword: TemporaryPassword?

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: true)
    isServiceAccount = v.flag("is_service_account", "Not a person.")
    isInternal = v.flag("is_internal", "Can't be deleted.")
    inviteMode = v.optional("invite_mode", "How the person gets in (none).") ?? .none
    ifExists = v.optional("if_exists", "What to do when the email is taken (error).") ?? .error
    options = MutationOptions(&v)
  }
}

enum Create<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Mutation.method(
      "users.create", "Creates an account.", access: .needs(.create), effect: .destructive,
      isIdempotent: false,
      tool: AgentTool(
        "Needs a name, and an email unless it is a service account. if_exists says what to do when "
          + "the email is taken; dry_run shows the result and keeps nothing."),
      refusals: [.failedPrecondition, .tooLarge], result: .object(Handout.userFields),
      examples: [
        MethodExample(
          "Creates and invites somebody",
          [
            "name": "Kim Tanaka", "email": "kim@acme.example", "org_id": "acme",
            "invite_mode": "email_link", "idempotency_key": "hr-2041",
          ],
          result: .object(Story.kim) {
            Story.letter(.invitation, Story.firstInvitation, 60).handout.fields(&$0)
          })
      ]
    ) { (params: inout CreateParams, gate) throws(Failure) in
      guard params.inviteMode == .temporaryPassword, !params.options.isDryRun else { return }
      params.temporaryPassword = try gate.slowly { () throws(Failure) in try TemporaryPassword() }
    } run: { (params, grant, out) throws(Failure) in
      try run(params, grant, &out)
    }
  }

  static func run(
    _ params: CreateParams, _ grant: Authorized<Store>, _ out: inout ByteBuffer
  ) throws(Failure) {
    if params.ifExists != .error, let existing = try existing(params, grant) {
      return try answer(existing, params, grant, &out)
    }
    if params.options.expectedVersion != nil {
      throw .invalidParams([.init("/expected_version", "goes with an account that exists")])
    }
    let stored = try insertUser(params, grant)
    if params.inviteMode == .none || params.options.isDryRun {
      return grant.write(stored, into: &out)
    }
    let letter = try grant.invite(User(stored), params.temporaryPassword)
    grant.write(stored, into: &out) { grant.handOut(letter, &$0) }
  }

  private static func insertUser(
    _ params: CreateParams, _ grant: Authorized<Store>
  ) throws(Failure) -> StoredUser {
    let user = try newUser(params, grant)
    try AccountRules.check(user, grant.gate.policy)
    try params.inviteMode.check(user)
    if !grant.admits(user) { throw .outsideOrganization }
    try AccountRules.checkGrant(from: [Policy.member], to: user, grant)
    // Whoever is handed the invitation gets into the account.
    if params.inviteMode != .none {
      try grant.require(.invite, reaching: user)
      try AccountRules.checkHandout(of: user, grant)
      try grant.checkHandoutWay()
    }
    try AccountRules.checkConflict(user, grant)
    if params.options.isDryRun { return StoredUser(user) }
    if let stored = try grant.insert(user) { return stored }
    // Another process has drawn the same bits in the same millisecond.
    return try insertUser(params, grant)
  }

  private static func newUser(
    _ params: CreateParams, _ grant: Authorized<Store>
  ) throws(Failure) -> User {
    _ = try grant.now()
    var user = User(id: grant.gate.nextID())
    // A launch or caller that is bound to an organization creates there.
    if case .organization(let id) = grant.scope { user.organizationID = id }
    user.flags.set(.serviceAccount, params.isServiceAccount)
    user.flags.set(.internal, params.isInternal)
    user.flags.set(.invited, params.inviteMode != .none)
    return try params.patch.newUser(from: user)
  }

  /// The account that has the email already, if this caller may see it.
  private static func existing(
    _ params: CreateParams, _ grant: Authorized<Store>
  ) throws(Failure) -> User? {
    guard case .set(let email) = params.patch.email else { return nil }
    return try grant.userIfAny(.email(email.value))
  }

  private static func answer(
    _ existing: User, _ params: CreateParams, _ grant: Authorized<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) {
    if params.ifExists == .update {
      try check(.update, by: Update<Store>.method.about, existing, grant)
      return try Update.run(
        params.patch, existing, params.options, try grant.using(.update), &out)
    }
    try check(.read, by: Get<Store>.method.about, existing, grant)
    try params.options.check(existing)
    grant.write(StoredUser(existing), into: &out)
  }

  /// Creating is no way around what `method` needs, nor around its not being a tool.
  private static func check(
    _ capability: Capability, by method: @autoclosure () -> MethodDescription, _ existing: User,
    _ grant: Authorized<Store>
  ) throws(Failure) {
    try grant.require(capability, reaching: existing)
    guard grant.gate.isForAgent else { return }
    let method = method()
    if !grant.gate.isTool(method) { throw .toolNeeded(method.toolName, for: capability) }
  }
}
