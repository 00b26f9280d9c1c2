internal import Contract
internal import JSON
internal import Users

enum Events {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (params: EventsParams, store, out) throws(Failure) in
      try store.willLookAtMany()
      let query = try query(params, store)
      try page.write(NoFields(), into: &out) { (out) throws(Failure) in
        let (next, hasMore) = try write(query, store, &out)
        return EventsEnd(
          next: EventNumber(unchecked: Int(next)), hasMore: hasMore,
          feedID: FeedID(unchecked: try store.feedID()))
      }
    }
  }

  private static func query<Store: UserStore>(
    _ params: EventsParams, _ store: ScopedStore<Store>
  ) throws(Failure) -> EventQuery {
    let after = params.after.map { Int64($0.value) }
    try store.checkFeed(params.feedID?.value, after: after, params.order)
    // One more than a page holds, to see whether another page follows.
    let limit = Limit.applied(params.limit, for: store) + 1
    let start: Int64 = params.order == .ascending ? 0 : .max
    var query = EventQuery(after: after ?? start, limit: limit, scope: store.scope)
    query.order = params.order
    query.types = params.types?.values
    query.since = params.since?.before
    query.until = params.until?.before
    if let user = params.user { query.userID = try id(of: user, store) }
    if let actor = params.actor {
      let id = try id(of: actor, store)
      query.actorID = id
      // An actor outside the scope is shown only in events about that actor: see `EventViewer`.
      if try !store.showsActor(id) {
        query.userID = query.userID.map { $0 == id ? id : nobody } ?? id
      }
    }
    return query
  }

  /// Writes all events except the last one of a full query, which only shows that more follow. A
  /// page that is not full has covered all events, including those invisible to this caller, so
  /// `next` skips them.
  private static func write<Store: UserStore>(
    _ query: EventQuery, _ store: ScopedStore<Store>, _ out: inout ByteBuffer
  ) throws(Failure) -> (next: Int64, hasMore: Bool) {
    var next = query.after
    var count = 0
    try store.events(query) { event in
      count += 1
      if count == query.limit { return }
      out.element()
      out.append("{")
      event.fields(&out)
      out.append("}")
      next = event.seq
    }
    if count == query.limit { return (next, true) }
    return switch query.order {
    case .ascending: (max(query.after, try store.latestEvent().seq), false)
    case .descending: (min(query.after, try store.oldestEvent()), false)
    }
  }

  /// The filter also accepts deleted accounts. An email that no account has means the account that
  /// was deleted last with this email, among those whose events this caller can see.
  private static func id<Store: UserStore>(
    of reference: UserReference, _ store: ScopedStore<Store>
  ) throws(Failure) -> UserID {
    if case .id(let id) = reference { return id }
    if let user = try store.userIfAny(reference) { return user.id }
    guard case .email(let email) = reference else { return nobody }
    var deletions = EventQuery(after: 0, limit: Int(Int32.max), scope: store.scope)
    deletions.types = [.userDeleted]
    deletions.email = email
    // The exact email is tried first. ASCII has only one spelling, except for A-labels (`xn--`).
    if let id = try deleted(deletions, store) { return id }
    let mayHaveLabel = zip(email.utf8, email.utf8.dropFirst()).contains { $0 == 0x2D && $1 == 0x2D }
    if !mayHaveLabel, email.utf8.allSatisfy({ $0 < 0x80 }) { return nobody }
    deletions.email = nil
    let key = IdentityKey.of(email)
    return try deleted(deletions, store) { $0.map(IdentityKey.of) == key } ?? nobody
  }

  /// The account that was deleted last, of those that the query finds and that were not restored.
  private static func deleted<Store: UserStore>(
    _ query: EventQuery, _ store: ScopedStore<Store>,
    where isMeant: (String?) -> Bool = { _ in true }
  ) throws(Failure) -> UserID? {
    var deleted: [UserID] = []
    try store.events(query) { event in
      if let id = event.userID, isMeant(event.email) { deleted.append(id) }
    }
    for id in deleted.reversed() where try store.userIfAny(.id(id)) == nil { return id }
    return nil
  }

  private static var nobody: UserID { UserID(key: 0, tail: 0) }
}

struct EventsParams: Params {
  let after: EventNumber?
  let limit: Limit?
  let types: EnumSet<EventType>?
  let user: UserReference?
  let feedID: FeedID?
  let since: TimeBound?
  let until: TimeBound?
  let actor: UserReference?
  let order: SortOrder

  init(_ v: inout ParamVisitor) {
    after = v.optional(
      "after", "Only after this number (0): next of the page before.")
    limit = v.optional("limit", "Events per page (50; for tools 20).")
    types = v.optional("types", "Only these.")
    user = v.optional("user_id", "About this account: id or email.")
    feedID = v.optional("feed_id", "Refuse if the feed has another id.")
    since = v.optional("since", "From this time on.")
    until = v.optional("until", "Before this time.")
    actor = v.optional("actor_id", "Done by this account: id or email.")
    order = v.optional("order", "Oldest or newest first (asc).") ?? .ascending
  }
}

extension EventsParams: ForeseenParams {
  var lookups: [Lookup] { [user, actor].compactMap { $0 }.map { .user($0) } }
}

extension Events {
  private static let page = StreamedList(
    "events", "The events of this page.", of: .named("Event"), before: NoFields.self,
    after: EventsEnd.self)

  static let declaration = Declaration(
    EventsParams.self,
    "users.events", "Reads the feed of changes.", access: .needs(.events),
    effect: .read, isIdempotent: true,
    tool: MCPTool("While has_more is true, go on with next as after."),
    refusals: [.conflict],
    result: page.schema,
    examples: [
      MethodExample(
        "An account is deleted and restored",
        ["types": ["user_deleted", "user_restored"], "user_id": "mara@acme.example"],
        result: [
          "events": [.object(ExampleData.maraLeaves), .object(ExampleData.maraReturns)],
          "next": 16, "has_more": false,
          "feed_id": ExampleValue(ExampleData.feedID),
        ])
    ])
}
