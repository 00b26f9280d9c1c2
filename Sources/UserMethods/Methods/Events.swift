internal import Contract
internal import JSON
internal import Users

enum Events {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
    Method(declaration) { (params: EventsParams, store, out) throws(Failure) in
      try store.willLookAtMany()
      let after = params.after.map { Int64($0.value) }
      try store.checkFeed(params.feedID?.value, after: after)
      let limit = Limit.applied(params.limit, for: store)
      // One more than the page holds tells whether another follows.
      var query = EventQuery(
        after: after ?? 0, limit: limit + 1, scope: store.scope)
      query.types = params.types?.values
      if let user = params.user { query.userID = try id(of: user, store) }
      try page.write(NoMembers(), into: &out) { (out) throws(Failure) in
        let (next, hasMore) = try write(query, store, &out)
        return EventsEnd(
          next: EventNumber(unchecked: Int(next)), hasMore: hasMore,
          feedID: FeedID(unchecked: try store.feedID()))
      }
    }
  }

  /// Writes all but the last that the query may find. A page that is not full has looked at all events,
  /// also at those that are not for this caller, so the next one need not.
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
    let latest = try store.latestEvent().seq
    return (max(query.after, latest), false)
  }

  /// Events of accounts that are gone are told too. An email that nobody has any more is that of the account
  /// that was deleted last of those that had it, as far as events tell this caller.
  private static func id<Store: UserStore>(
    of reference: UserReference, _ store: ScopedStore<Store>
  ) throws(Failure) -> UserID {
    if case .id(let id) = reference { return id }
    if let user = try store.userIfAny(reference) { return user.id }
    guard case .email(let email) = reference else { return nobody }
    var deletions = EventQuery(after: 0, limit: Int(Int32.max), scope: store.scope)
    deletions.types = [.userDeleted]
    deletions.email = email
    // Who had just this email is meant, or else who had it in another spelling. ASCII has one.
    if let id = try deleted(deletions, store) { return id }
    if email.utf8.allSatisfy({ $0 < 0x80 }) { return nobody }
    deletions.email = nil
    let key = IdentityKey.of(email)
    return try deleted(deletions, store) { $0.map(IdentityKey.of) == key } ?? nobody
  }

  /// The account that was deleted last, of those that the query tells of and that have not come back.
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
  let types: WordSet<EventType>?
  let user: UserReference?
  let feedID: FeedID?

  init(_ v: inout ParamVisitor) {
    after = v.optional(
      "after", "Events behind this number; next of the page before (the oldest that is kept).")
    limit = v.optional("limit", "How many events a page holds (50; for tools 20).")
    types = v.optional("types", "Only these.")
    user = v.optional("user_id", "Only of this account, by id or email.")
    feedID = v.optional("feed_id", "Refuse unless it is still this feed; as answers tell it.")
  }
}

extension EventsParams: ForeseenParams {
  var lookups: [Lookup] { user.map { [.user($0)] } ?? [] }
}

extension Events {
  private static let page = StreamedList(
    "events", "The events of this page.", of: .named("Event"), before: NoMembers.self,
    after: EventsEnd.self)

  static let declaration = Declaration(
    EventsParams.self,
    "users.events", "Reads the feed of changes, oldest first.", access: .needs(.events),
    effect: .read, isIdempotent: true,
    tool: AgentTool("While has_more is true, go on with next as after."),
    refusals: [.conflict],
    result: page.shape,
    examples: [
      MethodExample(
        "How somebody left and came back",
        ["types": ["user_deleted", "user_restored"], "user_id": "mara@acme.example"],
        result: [
          "events": [.object(Story.maraLeaves), .object(Story.maraReturns)],
          "next": 16, "has_more": false,
          "feed_id": ExampleValue(Story.feedID),
        ])
    ])
}
