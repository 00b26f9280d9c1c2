public import Users

/// The feed of events. Only one writer commits at a time, so sequence numbers rise in the order of
/// the commits, without gaps.
final class EventTable {
  static let columns =
    """
    seq, type, at, actor_key, actor_tail, user_key, user_tail, email, organization_id, changes,
    former_organization_id, entry
    """

  private static let noUser: Int64 = -1

  /// The numbers of the types in the table.
  static let codes: [(type: EventType, code: Int64)] = [
    (.userCreated, 1), (.userUpdated, 2), (.userDeleted, 3), (.userRestored, 4), (.userInvited, 5),
    (.invitationAccepted, 6), (.passwordResetRequested, 7), (.passwordChanged, 8),
    (.tokenCreated, 9), (.tokenRevoked, 10), (.policyChanged, 11),
  ]

  private static func code(of type: EventType) -> Int64 {
    codes.first { $0.type == type }?.code ?? 0
  }

  private let connection: Connection
  private var latestStatement: Statement?
  private var appendStatement: Statement?
  private var copyStatement: Statement?
  private var oldestStatement: Statement?
  private var keepStatement: Statement?
  private var anyStatement: Statement?
  private var greatestStatement: Statement?
  private var recordStatement: Statement?
  private var cache: StatementCache
  /// The latest event in the current snapshot; nil if not read yet.
  private var known: EventMark?
  /// No account with a greater key has an event; nil if not read yet.
  private var greatestKey: Int64?

  init(_ connection: Connection) {
    self.connection = connection
    cache = StatementCache(connection)
  }

  /// Call this after a rollback, or when another process may have written.
  func forget() {
    known = nil
    greatestKey = nil
  }

  func latest() throws(StoreError) -> EventMark {
    if let known { return known }
    let statement = try connection.prepare(
      once: &latestStatement, "SELECT seq, at FROM events ORDER BY seq DESC LIMIT 1")
    defer { statement.reset() }
    let mark =
      try statement.step()
      ? EventMark(seq: statement.int(0), at: Timestamp(milliseconds: statement.int(1))) : .none
    known = mark
    return mark
  }

  /// `isUnchanged` tells that the event is the creation of an account that the table `users` has in
  /// this state.
  func append(_ event: Event, isUnchanged: Bool = false) throws(StoreError) {
    let statement = try connection.prepare(
      once: &appendStatement,
      "INSERT INTO events (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    Self.bind(event, statement)
    let isFirst = isUnchanged ? try !hasEvents(of: event.userID) : false
    if isFirst { statement.bind(10, nil) } else { Self.bind(10, event.changes, statement) }
    try statement.run()
    known = EventMark(seq: event.seq, at: event.at)
    if let greatestKey, let user = event.userID { self.greatestKey = max(greatestKey, user.key) }
  }

  /// Appends an event of another store. As in `append`, the creation of an account that is unchanged
  /// since holds nothing.
  func appendCopy(of event: Event) throws(StoreError) {
    let statement = try connection.prepare(
      once: &copyStatement,
      """
      INSERT INTO events (\(Self.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
        CASE WHEN ?2 = \(Self.code(of: .userCreated)) AND typeof(?10) = 'blob'
          AND ?10 = (SELECT record FROM users WHERE key = ?6)
          AND NOT EXISTS (SELECT 1 FROM events WHERE user_key = ?6 AND user_tail = ?7)
          THEN NULL ELSE ?10 END, ?11, ?12)
      """)
    Self.bind(event, statement)
    Self.bind(10, event.changes, statement)
    try statement.run()
  }

  /// Binds all columns except the changes.
  private static func bind(_ event: Event, _ statement: Statement) {
    statement.bind(1, event.seq)
    statement.bind(2, code(of: event.type))
    statement.bind(3, event.at.milliseconds)
    statement.bind(4, event.actorID?.key)
    statement.bind(5, event.actorID?.tail)
    // An event about no account gets a key that no id has.
    statement.bind(6, event.userID?.key ?? noUser)
    statement.bind(7, event.userID?.tail ?? noUser)
    // A record contains the email.
    statement.bind(8, copying: event.changes.isCreation ? nil : event.email)
    statement.bind(9, copying: event.organizationID)
    statement.bind(11, copying: event.formerOrganizationID)
    if let entry = event.entry { bind(12, entry, statement) } else { statement.bind(12, nil) }
  }

  /// Whether there are events of an account with this id: one that was deleted permanently may be
  /// imported again. Its new creation is then not the first event, which is the only one that
  /// `keepCreation` looks at.
  private func hasEvents(of user: UserID?) throws(StoreError) -> Bool {
    guard let user else { return false }
    // New accounts have the greatest keys.
    if try user.key > greatestUser() { return false }
    let statement = try connection.prepare(
      once: &anyStatement, "SELECT 1 FROM events WHERE user_key = ? LIMIT 1")
    defer { statement.reset() }
    statement.bind(1, user.key)
    return try statement.step()
  }

  private func greatestUser() throws(StoreError) -> Int64 {
    if let greatestKey { return greatestKey }
    let statement = try connection.prepare(
      once: &greatestStatement, "SELECT coalesce(max(user_key), 0) FROM events")
    defer { statement.reset() }
    let key = try statement.step() ? statement.int(0) : 0
    greatestKey = key
    return key
  }

  /// Keeps the record of an account that is about to change in the event of its creation.
  func keepCreation(of user: PackedUser) throws(StoreError) {
    let statement = try connection.prepare(
      once: &keepStatement,
      """
      UPDATE events SET changes = ?3
        WHERE seq = (SELECT min(seq) FROM events WHERE user_key = ?1 AND user_tail = ?2)
          AND type = \(Self.code(of: .userCreated)) AND changes IS NULL
      """)
    statement.bind(1, user.id.key)
    statement.bind(2, user.id.tail)
    user.withRecord { statement.bind(3, copyingBlob: $1) }
    try statement.run()
  }

  private static func bind(_ at: Int32, _ changes: EventChanges, _ statement: Statement) {
    switch changes {
    case .list(let list): statement.bind(at, copying: list.text)
    case .creation(let user): user.withRecord { statement.bind(at, copyingBlob: $1) }
    }
  }

  func read(_ query: EventQuery, _ body: (Event) -> Void) throws(StoreError) {
    var predicate = Self.predicate(query)
    let (compare, direction) = query.order == .ascending ? (">", "ASC") : ("<", "DESC")
    predicate.require("seq \(compare) ?", .number(query.after))
    let statement = try cache.statement(
      "SELECT \(Self.columns) FROM events WHERE \(predicate.sql) ORDER BY seq \(direction)")
    defer { statement.reset() }
    _ = predicate.bind(to: statement)
    var count = 0
    while count < query.limit, try statement.step() {
      let event = try event(statement)
      // The email of a creation is in its record, which SQL can't read.
      if query.email != nil, !query.matches(event) { continue }
      count += 1
      body(event)
    }
  }

  func oldest() throws(StoreError) -> Int64? {
    let statement = try connection.prepare(
      once: &oldestStatement, "SELECT seq FROM events ORDER BY seq LIMIT 1")
    defer { statement.reset() }
    return try statement.step() ? statement.int(0) : nil
  }

  func redact(_ user: UserID) throws(StoreError) {
    let statement = try connection.prepare(
      """
      UPDATE events SET email = NULL, changes = '{}', entry = NULL
        WHERE user_key = ? AND user_tail = ?
      """)
    statement.bind(1, user.key)
    statement.bind(2, user.tail)
    try statement.run()
  }

  func prune(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
    guard let oldest = try oldest(), oldest > 0 else { return 0 }
    // The clock may have been set back and forth, so times need not rise. All events from the first
    // recent one on are kept, so that there are no gaps.
    let statement = try connection.prepare(
      """
      SELECT coalesce(min(seq), ?1) FROM events
        WHERE seq >= ?2 AND seq < ?1 AND at >= ?3
      """)
    let latest = try latest().seq
    let end = latest - oldest > limit ? oldest + Int64(limit) : latest
    statement.bind(1, end)
    statement.bind(2, oldest)
    statement.bind(3, time.milliseconds)
    let kept = try statement.step() ? statement.int(0) : oldest
    statement.reset()
    try connection.run("DELETE FROM events WHERE seq < \(kept)")
    return Int(kept - oldest)
  }

  private static func predicate(_ query: EventQuery) -> Predicate {
    var predicate = Predicate()
    if let types = query.types {
      let words = types.map { "\(code(of: $0))" }.sorted().joined(separator: ",")
      // The same rule as in `Event.type(within:)`.
      if case .organization(let id) = query.scope {
        predicate.require(
          """
          CASE WHEN entry IS NOT NULL AND organization_id = ?
            THEN \(code(of: .userCreated)) ELSE type END IN (\(words))
          """, .text(id))
      } else {
        predicate.require("type IN (\(words))")
      }
    }
    if let user = query.userID { predicate.require(user) }
    if let email = query.email { predicate.require("(email = ? OR email IS NULL)", .text(email)) }
    if let since = query.since { predicate.require("at >= ?", .number(since.milliseconds)) }
    if let until = query.until { predicate.require("at < ?", .number(until.milliseconds)) }
    if let actor = query.actorID {
      predicate.require(
        "actor_key = ? AND actor_tail = ?", .number(actor.key), .number(actor.tail))
      // The same rule as in `EventQuery.matches`.
      if case .organization(let id) = query.scope {
        predicate.require("organization_id = ?", .text(id))
      }
    }
    switch query.scope {
    case .all: break
    case .organization(let id):
      predicate.require(
        "(organization_id = ? OR former_organization_id = ?)", .text(id), .text(id))
    case .account(let id): predicate.require(id)
    }
    return predicate
  }

  /// The event of a row whose columns are `columns`.
  func event(_ s: Statement) throws(StoreError) -> Event {
    let code = s.int(1)
    guard let type = Self.codes.first(where: { $0.code == code })?.type else {
      throw .corrupt("an event is damaged")
    }
    let actor = s.optionalInt(3).map { UserID(key: $0, tail: s.int(4)) }
    let user = s.int(5) == Self.noUser ? nil : UserID(key: s.int(5), tail: s.int(6))
    let known = try changes(s, 9)
    // Only the creation of an account that is as it was created may lack its changes.
    if known == nil, type != .userCreated { throw Self.damaged(s) }
    let changes = if let known { known } else { try creation(of: user) }
    var email = s.text(7)?.string
    if case .creation(let user) = changes { email = user.withRow { $0.email?.string } }
    return Event(
      seq: s.int(0), type: type, at: Timestamp(milliseconds: s.int(2)), actorID: actor,
      userID: user, email: email, organizationID: s.text(8)?.string,
      formerOrganizationID: s.text(10)?.string, changes: changes, entry: try self.changes(s, 11))
  }

  /// The changes in a column; nil for null.
  private func changes(_ s: Statement, _ column: Int32) throws(StoreError) -> EventChanges? {
    guard s.isBlob(column) else {
      guard let text = s.text(column) else { return nil }
      guard let list = ChangeList(stored: text.string) else {
        throw Self.damaged(s)
      }
      return .list(list)
    }
    guard let row = PackedRecord.read(s.bytes(column), key: s.int(5)) else {
      throw .corrupt("an event does not match its checksum")
    }
    return .creation(of: PackedUser(row))
  }

  private static func damaged(_ s: Statement) -> StoreError {
    .corrupt("the changes of the event \(s.int(0)) are damaged")
  }

  /// The creation of an account that has not changed since. Nothing is told of a damaged account: it
  /// must not keep readers from later events.
  private func creation(of user: UserID?) throws(StoreError) -> EventChanges {
    let statement = try connection.prepare(
      once: &recordStatement, "SELECT \(Columns.list) FROM users WHERE key = ?")
    defer { statement.reset() }
    statement.bind(1, user?.key)
    guard try statement.step() else { return .none }
    let row = PackedRecord.read(statement.bytes(1), key: statement.int(0))
    guard let row, row.id == user else { return .none }
    return .creation(of: PackedUser(row))
  }

  /// How many events can't be read.
  func damagedCount() throws(StoreError) -> Int {
    let statement = try connection.prepare("SELECT \(Self.columns) FROM events ORDER BY seq")
    var count = 0
    while try statement.step() {
      do throws(StoreError) {
        let event = try event(statement)
        let isNull = statement.isNull(9)
        if isNull, !event.changes.isCreation { count += 1 }
      } catch .corrupt {
        count += 1
      }
    }
    return count
  }
}

extension Predicate {
  fileprivate mutating func require(_ user: UserID) {
    require("user_key = ? AND user_tail = ?", .number(user.key), .number(user.tail))
  }
}

extension SQLiteUserStore {
  public var latestEvent: EventMark {
    get throws(StoreError) { try events.latest() }
  }

  public func append(_ event: Event) throws(StoreError) {
    try events.append(event, isUnchanged: writer.hasJustInserted(event.changes))
    Failpoint.hit(.eventWritten)
  }

  public func events(_ query: EventQuery, _ body: (Event) -> Void) throws(StoreError) {
    try events.read(query, body)
  }

  public var oldestEvent: Int64? { get throws(StoreError) { try events.oldest() } }

  public func redactEvents(of user: UserID) throws(StoreError) { try events.redact(user) }

  public func pruneEvents(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
    try events.prune(before: time, limit: limit)
  }
}
