public import Contract
public import JSON
public import Users

/// An account as a file brings it: what `users.create` takes, and what a record tells besides.
private struct ImportParams: Params {
  let patch: AccountPatch
  let isServiceAccount: Bool
  let isInternal: Bool
  let id: ImportedID?
  let status: UserStatus?
  let lastLogin: Timestamp?
  let createdAt: Timestamp?
  let updatedAt: Timestamp?
  let deletedAt: Timestamp?
  let version: Version?
  let isCurrent: Bool

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: true)
    isServiceAccount = v.flag("is_service_account", "Not a person.")
    isInternal = v.flag("is_internal", "Can't be deleted.")
    id = v.optional("id", "The id of an exported account.")
    status = v.optional("status", "Only \"invited\" says more than the rest.")
    lastLogin = v.optional("last_login", "When the account last signed in.")
    createdAt = v.optional(
      "created_at", "When the account was created; the id's time if it has one.")
    updatedAt = v.optional("updated_at", "When the account last changed.")
    deletedAt = v.optional("deleted_at", "Deleted accounts are not taken.")
    version = v.optional("version", "The version of an exported account.")
    isCurrent = v.flag("is_current", "Of no meaning here.")
  }
}

private struct ImportedID: ParamValue {
  let id: UserID

  static var shape: Shape { UserID.shape }
  static var placeholder: ImportedID { ImportedID(id: UserID(key: 0, tail: 0)) }

  private init(id: UserID) { self.id = id }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let id = json.string.flatMap({ UserID($0) }) else {
      throw Mismatch("must be a UUIDv7, as Roster exports it; leave it out to get a new one")
    }
    self.id = id
  }
}

/// Brings accounts from a file into a store, one by one, by the rules that `users.create` has.
///
/// A row whose account is there already is skipped, so that an import that was cut short can be
/// run again.
public struct Importer<Store: UserStore> {
  public enum Outcome: Sendable { case imported, skipped }

  /// How often an id is drawn anew for an account whose millisecond is crowded.
  private static var idTriesMax: Int { 100 }

  private let store: Store
  private var writer: AccountWriter<Store>
  private var ids = UserIDGenerator()

  /// Goes by the policy of the store.
  public init(store: Store) throws(StoreError) {
    self.store = store
    writer = try Self.writer(store)
  }

  private static func writer(_ store: Store) throws(StoreError) -> AccountWriter<Store> {
    let policy = try Policy.stored(store.policyText) ?? .standard
    return AccountWriter(store, StoreClock(store), ChangeRecorder(), policy)
  }

  /// To be called when a group begins: another process may have set another policy meanwhile.
  public mutating func beginGroup() throws(StoreError) { writer = try Self.writer(store) }

  /// The names that a row may have, with their shapes.
  public static var fields: [Field] { ParamVisitor.fields(of: ImportParams.self) }

  /// Adds the account that `json` describes, in the group that is under way.
  public mutating func add(_ json: JSONValue) throws(Failure) -> Outcome {
    guard json.kind == .object else {
      throw .invalidParams([.init("", "must be an object with the members of a user")])
    }
    let params = try ParamVisitor.decode(ImportParams.self, json)
    if params.deletedAt != nil { return .skipped }
    return try add(params, triesLeft: Self.idTriesMax)
  }

  private mutating func add(_ params: ImportParams, triesLeft: Int) throws(Failure) -> Outcome {
    let user = try newUser(params)
    if params.id != nil, try isThere(user.id) { return .skipped }
    let applied: AccountWriter<Store>.Applied
    do {
      applied = try writer.apply(.create(user), as: .importer)
    } catch {
      // Accounts go by their email, and those without one by their username.
      let name = user.email == nil ? Conflict.username : .email
      if error.kind == .conflict, error.reason == name.failure.reason { return .skipped }
      throw error
    }
    if !applied.isIDTaken { return .imported }
    // Accounts of one millisecond draw from two million keys.
    if params.id == nil, triesLeft > 0 { return try add(params, triesLeft: triesLeft - 1) }
    throw .invalidParams([
      .init(params.id == nil ? "/created_at" : "/id", "has no room left beside the accounts there")
    ])
  }

  private func isThere(_ id: UserID) throws(Failure) -> Bool {
    try failing { () throws(StoreError) in try store.read(.id(id)) { _ in } }
  }

  private mutating func newUser(_ params: ImportParams) throws(Failure) -> User {
    if let time = params.createdAt, !UserID.holds(time) {
      throw .invalidParams([.init("/created_at", "must be a time from 1970 to 2109")])
    }
    var user = User(id: try newID(params))
    user.flags.set(.serviceAccount, params.isServiceAccount)
    user.flags.set(.internal, params.isInternal)
    user.flags.set(.invited, params.status == .invited)
    user = try params.patch.newUser(from: user)
    user.lastLogin = params.lastLogin
    user.updatedAt = max(params.updatedAt ?? user.id.createdAt, user.id.createdAt)
    user.version = params.version?.value ?? 1
    return user
  }

  private mutating func newID(_ params: ImportParams) throws(Failure) -> UserID {
    if let id = params.id { return id.id }
    if let time = params.createdAt { return ids.past(at: time) }
    guard UserID.holds(.now) else { throw StoreError.clockPastIDs.failure }
    return ids.next(at: .now)
  }
}
