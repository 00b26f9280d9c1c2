internal import Contract
internal import JSON

/// What to do when the email is taken.
enum IfExists: String, CaseIterable, ParamValue {
  case error, `return`, update

  static var shape: Shape { .words(allCases.map(\.rawValue)) }
  static var placeholder: IfExists { .error }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let value = json.string.flatMap({ IfExists(rawValue: $0) }) else {
      throw Mismatch("must be \"error\", \"return\" or \"update\"")
    }
    self = value
  }
}

struct CreateParams: Params {
  let patch: AccountPatch
  let isServiceAccount: Bool
  let isInternal: Bool
  let ifExists: IfExists
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: true)
    isServiceAccount = v.flag("is_service_account", "Not a person.")
    isInternal = v.flag("is_internal", "Can't be deleted.")
    ifExists = v.optional("if_exists", "What to do when the email is taken (error).") ?? .error
    options = MutationOptions(&v)
  }
}

enum Create<Store: UserStore> {
  static var method: Method<Authorized<Store>> {
    Method(
      "users.create", "Creates an account.", access: .needs(.create), effect: .write,
      isIdempotent: false, result: .named("User")
    ) { (params: CreateParams, grant, out) throws(Failure) in try run(params, grant, &out) }
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
    stored.withRow { out.write($0, .all, isCurrent: false) }
  }

  private static func insertUser(
    _ params: CreateParams, _ grant: Authorized<Store>
  ) throws(Failure) -> StoredUser {
    let user = try newUser(params, grant)
    try AccountRules.check(user)
    if !grant.admits(user) { throw .outsideOrganization }
    try AccountRules.checkGrant(from: [Policy.member], to: user, grant)
    try AccountRules.checkConflict(user, grant)
    let stored = StoredUser(user)
    if params.options.isDryRun { return stored }
    do throws(StoreError) {
      try grant.gate.store.insert(stored)
      return stored
    } catch .idTaken {
      // Another process has drawn the same bits in the same millisecond.
      return try insertUser(params, grant)
    } catch {
      throw error.failure
    }
  }

  private static func newUser(
    _ params: CreateParams, _ grant: Authorized<Store>
  ) throws(Failure) -> User {
    var user = User(id: grant.gate.nextID())
    // A launch or caller that is bound to an organization creates there.
    if case .organization(let id) = grant.scope { user.organizationID = id }
    user.flags.set(.serviceAccount, params.isServiceAccount)
    user.flags.set(.internal, params.isInternal)
    return try params.patch.newUser(from: user)
  }

  /// The account that has the email already, if this caller may see it.
  private static func existing(
    _ params: CreateParams, _ grant: Authorized<Store>
  ) throws(Failure) -> User? {
    guard case .set(let email) = params.patch.email else { return nil }
    var user: User?
    _ = try grant.read(.email(email.value)) { user = User($0) }
    return user
  }

  private static func answer(
    _ existing: User, _ params: CreateParams, _ grant: Authorized<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) {
    if params.ifExists == .update {
      try grant.require(.update, reaching: existing)
      return try Update.run(params.patch, existing, params.options, grant, &out)
    }
    try params.options.check(existing)
    StoredUser(existing).withRow { out.write($0, .all, isCurrent: $0.id == grant.callerID) }
  }
}
