internal import Users

/// The lookups that were announced for a transaction, and the answers that were fetched together.
struct Foresight {
  /// Announced and not fetched yet, latest first.
  private var waiting: [UserReference] = []
  private var waitingIDs: Set<UserID> = []
  private var waitingEmails: Set<String> = []
  private var rowsOfIDs: [UserID: Rows] = [:]
  /// By the `IdentityKey` of the email.
  private var rowsOfEmails: [String: Rows] = [:]

  /// The keys of names that requests will claim.
  private(set) var claimed: Set<String> = []
  /// Those whose holders are known: an own write takes its names out.
  private var known: Set<String> = []
  private var takenEmails: Set<String> = []
  private var takenUsernames: Set<String> = []
  /// The greatest key of an account; nil if it was not fetched.
  private var greatestKey: Int64?

  init() {}

  init(_ lookups: [Lookup]) {
    for lookup in lookups.reversed() {
      switch lookup {
      case .user(.id(let id)): if waitingIDs.insert(id).inserted { waiting.append(.id(id)) }
      case .user(.email(let email)):
        if waitingEmails.insert(email).inserted { waiting.append(.email(email)) }
      case .email(let name), .username(let name): claimed.insert(IdentityKey.of(name))
      case .user(.nobody), .token, .oauthIdentity: break
      }
    }
  }

  // MARK: Accounts

  /// Takes up to `countMax` of the accounts to fetch.
  mutating func takeUsers(_ countMax: Int) -> [UserReference] {
    let taken = Array(waiting.suffix(countMax).reversed())
    waiting.removeLast(taken.count)
    for reference in taken {
      switch reference {
      case .id(let id): waitingIDs.remove(id)
      case .email(let email): waitingEmails.remove(email)
      case .nobody: break
      }
    }
    return taken
  }

  func isWaiting(for reference: UserReference) -> Bool {
    switch reference {
    case .id(let id): waitingIDs.contains(id)
    case .email(let email): waitingEmails.contains(email)
    case .nobody: false
    }
  }

  subscript(reference: UserReference) -> Rows? {
    get {
      switch reference {
      case .id(let id): rowsOfIDs[id]
      case .email(let email): rowsOfEmails[IdentityKey.of(email)]
      case .nobody: nil
      }
    }
    set {
      switch reference {
      case .id(let id): rowsOfIDs[id] = newValue
      case .email(let email): rowsOfEmails[IdentityKey.of(email)] = newValue
      case .nobody: break
      }
    }
  }

  /// Call this when another transaction may have written: what was fetched is out of date.
  mutating func forget() {
    rowsOfIDs = [:]
    rowsOfEmails = [:]
    known = []
    greatestKey = nil
  }

  // MARK: Names

  /// `rows` has a key of `claimed` in each row, and whether an email and a username are taken by it;
  /// and the greatest key of an account.
  mutating func noteNames(_ rows: Rows) {
    known = []
    (takenEmails, takenUsernames) = ([], [])
    for at in 0..<rows.count {
      greatestKey = rows.int(at, 3)
      guard let name = rows.text(at, 0)?.string else { continue }
      known.insert(name)
      if rows.bool(at, 1) { takenEmails.insert(name) }
      if rows.bool(at, 2) { takenUsernames.insert(name) }
    }
  }

  /// The answer to `conflict`, if it follows from what was fetched: for a new account with an email.
  /// nil if it does not follow.
  func conflict(of user: User, claiming claims: Claims) -> Conflict?? {
    guard claims.contains([.id, .email, .username]), isFree(user.id), user.oauthProvider == nil,
      user.oauthID == nil, let email = user.email
    else { return nil }
    let key = IdentityKey.of(email)
    guard known.contains(key) else { return nil }
    if takenEmails.contains(key) { return .some(.email) }
    if user.username == email { return .some(takenUsernames.contains(key) ? .username : nil) }
    let name = IdentityKey.of(user.username)
    guard known.contains(name) else { return nil }
    if takenUsernames.contains(name) { return .some(.username) }
    // An account without a chosen username has its email as its username, or its id.
    if takenEmails.contains(name) || UserID(name) != nil { return nil }
    return .some(nil)
  }

  /// Whether no account has the key of this id, as far as is known.
  private func isFree(_ id: UserID) -> Bool {
    if let greatestKey, id.key > greatestKey { return true }
    return rowsOfIDs[id].map { UserRows($0).isEmpty } ?? false
  }

  /// Call this before an account is written, with its state before and after.
  mutating func willWrite(_ row: UserView) {
    rowsOfIDs[row.id] = nil
    if let greatestKey { self.greatestKey = max(greatestKey, row.id.key) }
    for name in [row.email, row.username] {
      guard let name else { continue }
      let key = IdentityKey.of(name.string)
      rowsOfEmails[key] = nil
      known.remove(key)
    }
  }
}
