internal import Contract
public import Users

// The feed of events. Only one writer commits at a time, so sequence numbers rise in the order of the
// commits, without gaps.
extension PostgresUserStore {
  public var feedID: String { get throws(StoreError) { try current().feedID } }
  public var latestEvent: EventMark { get throws(StoreError) { try current().latest } }
  public var oldestEvent: Int64? { get throws(StoreError) { try current().oldest } }

  public func append(_ event: Event) throws(StoreError) {
    var values = Parameters()
    EventRows.add(event, to: &values)
    values.add(stamp)
    try write(feedSQL.insertEvent, values)
    directory?.latest = EventMark(seq: event.seq, at: event.at)
    if directory?.oldest == nil { directory?.oldest = event.seq }
    if writes.firstEvent == nil { writes.firstEvent = event.seq }
    Failpoint.hit(.eventWritten)
  }

  public func events(_ query: EventQuery, _ body: (Event) -> Void) throws(StoreError) {
    var predicate = Self.predicate(query)
    let isUp = query.order == .ascending
    predicate.require("seq \(isUp ? ">" : "<") \(predicate.place(query.after))")
    let limit = predicate.place(Int64(query.limit))
    if predicate.isImpossible { return }
    let rows = try fetchChecked { () throws(StoreError) in
      try connection.queue(
        """
        SELECT \(EventRows.columns) FROM \(sql.schema).events WHERE \(predicate.sql)
          ORDER BY seq \(isUp ? "ASC" : "DESC") LIMIT \(limit)
        """, predicate.parameters)
    }
    for at in 0..<rows.count { body(try EventRows.event(rows, at)) }
  }

  /// The same conditions as in `EventQuery.matches`.
  private static func predicate(_ query: EventQuery) -> Predicate {
    var predicate = Predicate()
    if let types = query.types {
      let codes = predicate.place(types.map(EventCode.of))
      // The same rule as in `Event.type(within:)`.
      if case .organization(let id) = query.scope {
        predicate.require(
          """
          CASE WHEN (entry IS NOT NULL OR entry_creation IS NOT NULL)
            AND organization_id = \(predicate.place(id))
            THEN \(EventCode.of(.userCreated)) ELSE type END = ANY (\(codes))
          """)
      } else {
        predicate.require("type = ANY (\(codes))")
      }
    }
    if let user = query.userID { predicate.require("user", user) }
    if let email = query.email { predicate.require("email = \(predicate.place(email))") }
    if let since = query.since { predicate.require("at >= \(predicate.place(since.milliseconds))") }
    if let until = query.until { predicate.require("at < \(predicate.place(until.milliseconds))") }
    if let actor = query.actorID {
      predicate.require("actor", actor)
      if case .organization(let id) = query.scope {
        predicate.require("organization_id = \(predicate.place(id))")
      }
    }
    switch query.scope {
    case .all: break
    case .organization(let id):
      let id = predicate.place(id)
      predicate.require("(organization_id = \(id) OR former_organization_id = \(id))")
    case .account(let id): predicate.require("user", id)
    }
    return predicate
  }

  public func redactEvents(of user: UserID) throws(StoreError) {
    var values = Parameters()
    values.add(user.key)
    values.add(user.tail)
    try write(feedSQL.redactEvents, values)
  }

  public func pruneEvents(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
    let directory = try current()
    guard let oldest = directory.oldest else { return 0 }
    // The clock may have been set back and forth, so times need not rise. All events from the first
    // recent one on are kept, so that there are no gaps.
    let latest = directory.latest.seq
    let end = latest - oldest > limit ? oldest + Int64(limit) : latest
    var values = Parameters()
    values.add(oldest)
    values.add(end)
    values.add(time.milliseconds)
    let rows = try fetchChecked(feedSQL.oldestKeptEvent, values)
    let kept = rows.count > 0 ? rows.int(0, 0) : oldest
    if kept == oldest { return 0 }
    try write(feedSQL.pruneEvents, kept)
    self.directory?.oldest = kept
    return Int(kept - oldest)
  }
}

extension Predicate {
  /// `name` is the start of the names of two columns.
  fileprivate mutating func require(_ name: String, _ user: UserID) {
    require("\(name)_key = \(place(user.key)) AND \(name)_tail = \(place(user.tail))")
  }
}
