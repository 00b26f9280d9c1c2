public import Contract
public import JSON
public import Users

/// Imports accounts from a file one by one, by the rules of `users.create`.
///
/// By default a row whose account exists is skipped, so that an interrupted import can be run
/// again.
public struct Importer<Store: UserStore> {
  /// How often a new id is generated if the millisecond of the account has no free one.
  private static var idTriesMax: Int { 100 }

  private let store: Store
  private let settings: ImportSettings
  private var writer: AccountWriter<Store>
  private var ids = UserIDGenerator()
  private var named = NamedRows()

  /// Uses the store's policy.
  public init(store: Store, _ settings: ImportSettings = ImportSettings()) throws(StoreError) {
    self.store = store
    self.settings = settings
    writer = try Self.writer(store)
  }

  private static func writer(_ store: Store) throws(StoreError) -> AccountWriter<Store> {
    let policy = try Policy.stored(store.policyText) ?? .standard
    return AccountWriter(store, StoreClock(store), ChangeRecorder(), policy)
  }

  /// Call this at the start of each transaction: another process may have set another policy.
  public mutating func beginTransaction() throws(StoreError) { writer = try Self.writer(store) }

  /// The fields that a row may have, with their schemas.
  public static var fields: [Field] { ParamVisitor.fields(of: ImportParams.self) }

  /// Checks a row without access to the store. Takes as long as hashing a password if
  /// `needsPassword` is true for the row.
  public func prepare(_ json: JSONValue) throws(Failure) -> ImportRow {
    try ImportRow(json, settings)
  }

  /// What `add` will look up for the row.
  public func lookups(of row: ImportRow) -> [Lookup] {
    var lookups: [Lookup] = row.more.id.map { [.user(.id($0))] } ?? []
    let isUpdating = (row.more.ifExists ?? settings.ifExists) == .update
    if let email = row.named?.email {
      if isUpdating { lookups.append(.user(.email(email))) }
      lookups.append(.email(email))
    }
    if let username = row.named?.username { lookups.append(.username(username)) }
    return lookups
  }

  /// Adds or updates the account of a row, in the current transaction.
  public mutating func add(
    _ row: ImportRow, at location: RowLocation
  ) throws(Failure) -> ImportOutcome {
    if row.more.isDeleted, !settings.takesDeleted { return .leftOut }
    let names = NamedRows.names(of: row)
    try named.check(names, at: location)
    let outcome = try add(row)
    named.note(names, at: location)
    return outcome
  }

  private mutating func add(_ row: ImportRow) throws(Failure) -> ImportOutcome {
    let choice = row.more.ifExists ?? settings.ifExists
    if choice == .update {
      if let old = try existing(row) { return try update(old, row) }
      if row.more.isDeleted, row.more.id == nil { return .absent }
    }
    guard let params = row.params else { throw row.problem ?? .internalError }
    return try add(params, row, choice, triesLeft: Self.idTriesMax)
  }

  // MARK: Adding

  private mutating func add(
    _ params: ImportParams, _ row: ImportRow, _ choice: ImportChoice, triesLeft: Int
  ) throws(Failure) -> ImportOutcome {
    let user = try newUser(params)
    if params.more.id != nil, try isThere(user.id) {
      if choice == .error { throw .idExists }
      return ImportOutcome(.skipped)
    }
    let way = try row.way(for: user, settings)
    let applied: AccountWriter<Store>.Applied
    do {
      let change = AccountChange.create(user, opening: way)
      applied = try writer.apply(change, as: .importer)
    } catch {
      // Accounts are identified by their email, or without one by their username.
      let name = user.email == nil ? Conflict.username : .email
      if choice != .error, error.kind == .conflict, error.reason == name.failure.reason {
        return ImportOutcome(.skipped)
      }
      throw error
    }
    if applied.isIDTaken {
      // Ids of one millisecond are drawn from two million keys.
      if params.more.id == nil, triesLeft > 0 {
        return try add(params, row, choice, triesLeft: triesLeft - 1)
      }
      let location = params.more.id == nil ? "/created_at" : "/id"
      throw .invalidParams([.init(location, "has too many accounts at this millisecond")])
    }
    let letter = row.letter(to: user, way, applied.opened)
    let isWaiting = row.isAskingForInvitation && letter == nil
    return ImportOutcome(.imported, isWaiting: isWaiting, letter)
  }

  private func isThere(_ id: UserID) throws(Failure) -> Bool {
    try failing { () throws(StoreError) in try store.read(.id(id)) { _ in } }
  }

  private mutating func newUser(_ params: ImportParams) throws(Failure) -> User {
    let more = params.more
    if let time = more.createdAt, !UserID.holds(time) {
      throw .invalidParams([.init("/created_at", "must be a time from 1970 to 2109")])
    }
    var user = User(id: try newID(more))
    user.flags.set(.serviceAccount, more.isServiceAccount ?? false)
    user.flags.set(.internal, more.isInternal ?? false)
    user.flags.set(.invited, more.status == .invited)
    user = try params.patch.newUser(from: user)
    try user.take(more.status, isActiveGiven: params.patch.gives(.active))
    user.lastLogin = more.lastLogin
    user.updatedAt = max(more.updatedAt ?? more.deletedAt ?? user.id.createdAt, user.id.createdAt)
    if more.isDeleted { user.delete(at: more.deletedAt ?? user.updatedAt) }
    user.version = more.version?.value ?? 1
    let isPerson = !user.flags.contains(.serviceAccount)
    if settings.invites, isPerson, more.inviteMode != InviteMode.none, user.canBeInvited {
      user.flags.insert(.invited)
    }
    if let mode = more.inviteMode, mode != .none, !more.isDeleted {
      try mode.check(user)
      user.flags.insert(.invited)
    }
    user.deriveFlags()
    return user
  }

  private mutating func newID(_ more: ImportedFields) throws(Failure) -> UserID {
    if let id = more.id { return id }
    if let time = more.createdAt { return ids.past(at: time) }
    guard UserID.holds(.now) else { throw StoreError.clockPastIDs.failure }
    return ids.next(at: .now)
  }

  // MARK: Updating

  /// The account of a row, by its id or email. A deleted row with an id is not looked up by its
  /// email, which another account may have by now.
  private func existing(_ row: ImportRow) throws(Failure) -> User? {
    var user: User?
    var references: [UserReference] = row.more.id.map { [.id($0)] } ?? []
    if !row.more.isDeleted || row.more.id == nil, let email = row.named?.email {
      references.append(.email(email))
    }
    for reference in references {
      try failing { () throws(StoreError) in _ = try store.read(reference) { user = User($0) } }
      if user != nil { break }
    }
    return user
  }

  private func update(_ old: User, _ row: ImportRow) throws(Failure) -> ImportOutcome {
    guard let change = row.change else { throw row.problem ?? .internalError }
    if old.flags.contains(.deleted) {
      return row.more.isDeleted ? ImportOutcome(.skipped) : .gone
    }
    if row.more.isDeleted { return try delete(old, row) }
    try row.more.checkUnchanging(old)
    var new = try change.patch.applied(to: old)
    // An accepted invitation stays accepted.
    let isIn = row.more.status == .invited && !old.flags.contains(.invited)
    let status = isIn ? .active : row.more.status
    try new.take(status, isActiveGiven: change.patch.gives(.active))
    if let login = row.more.lastLogin { new.lastLogin = login }
    new.deriveFlags()
    if new.isSame(as: old) { return ImportOutcome(.skipped) }
    _ = try writer.apply(.update(old, to: new), as: .importer)
    return ImportOutcome(.updated, isWaiting: row.isAskingForInvitation)
  }

  private func delete(_ old: User, _ row: ImportRow) throws(Failure) -> ImportOutcome {
    if old.flags.contains(.internal) { throw .internalUser }
    let now = try failing { () throws(StoreError) in try StoreClock(store).current() }
    var new = old
    new.delete(at: row.more.deletedAt ?? now)
    _ = try writer.apply(.update(old, to: new), as: .importer)
    return ImportOutcome(.updated)
  }
}
