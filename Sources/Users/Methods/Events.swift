internal import Contract
internal import JSON

/// The number of an event.
struct EventNumber: WholeNumber {
  static let range = 0...Int.max
  let value: Int

  init(unchecked value: Int) { self.value = value }
}

struct EventTypes: ParamValue {
  let values: Set<EventType>

  private static let length = 1...EventType.allCases.count
  static var shape: Shape { .array(EventType.shape, length: length) }
  static var placeholder: EventTypes { EventTypes(values: []) }

  private init(values: Set<EventType>) { self.values = values }

  init(_ json: JSONValue) throws(Mismatch) {
    values = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(Mismatch) in try EventType(element)
      })
  }
}

struct EventsParams: Params {
  let after: EventNumber?
  let limit: Limit?
  let types: EventTypes?
  let user: UserReference?

  init(_ v: inout ParamVisitor) {
    after = v.optional("after", "Events behind this number; next of the page before (0).")
    limit = v.optional("limit", "How many events a page holds (50; for tools 20).")
    types = v.optional("types", "Only these.")
    user = v.optional("user_id", "Only of this account, by id or email.")
  }
}

enum Events<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Method(
      "users.events", "Reads the feed of changes, oldest first.", access: .needs(.events),
      effect: .read, isIdempotent: true,
      tool: AgentTool("While has_more is true there are more: repeat the call with next as after."),
      result: .object([
        Field("events", "The events of this page.", .array(.named("Event")), isRequired: true),
        Field(
          "next", "Pass it as after to get what follows, now or later.", EventNumber.shape,
          isRequired: true),
        Field("has_more", "Whether more follow at once.", .boolean, isRequired: true),
      ]),
      examples: [
        MethodExample(
          "How somebody left and came back",
          ["types": ["user_deleted", "user_restored"], "user_id": "mara@acme.example"],
          result: [
            "events": [.object(Story.maraLeaves), .object(Story.maraReturns)],
            "next": ExampleValue(Int(Story.maraReturns.seq)), "has_more": false,
          ])
      ]
    ) { (params: EventsParams, store, out) throws(Failure) in
      let limit = (params.limit ?? .standard(for: store)).value
      // One more than the page holds tells whether another follows.
      var query = EventQuery(
        after: Int64(params.after?.value ?? 0), limit: limit + 1, scope: store.scope)
      query.types = params.types?.values
      if let user = params.user { query.userID = try id(of: user, store) }
      out.append("{\"events\":[")
      let (next, hasMore) = try write(query, store, &out)
      out.append("]")
      out.member("next")
      out.write(Int(next))
      out.member("has_more")
      out.write(hasMore)
      out.append("}")
    }
  }

  /// Writes all but the last that the query may find.
  private static func write(
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
    return (next, count == query.limit)
  }

  /// Events of accounts that are gone are told too, by id. An email that nobody has is nobody's.
  private static func id(
    of reference: UserReference, _ store: ScopedStore<Store>
  ) throws(Failure) -> UserID {
    if case .id(let id) = reference { return id }
    return try store.userIfAny(reference)?.id ?? UserID(key: 0, tail: 0)
  }
}

struct SubscribeParams: Params {
  let after: EventNumber?
  let types: EventTypes?

  init(_ v: inout ParamVisitor) {
    after = v.optional("after", "Tells events behind this number first (the latest's).")
    types = v.optional("types", "Only these.")
  }
}

enum Subscribe<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Method(
      "users.subscribe",
      "From now on tells events as users.event notifications; takes the place of an earlier one.",
      access: .needs(.events), effect: .read, isIdempotent: true,
      result: .object([
        Field(
          "after", "Events behind this number will come.", EventNumber.shape, isRequired: true)
      ]),
      examples: [
        MethodExample(
          "From now on", ["types": ["user_created", "user_deleted"]], result: ["after": 16])
      ]
    ) { (params: SubscribeParams, store, out) throws(Failure) in
      let query = EventQuery(after: 0, limit: 1, scope: store.scope)
      // Numbers of events that a caller may not see are not told either.
      let latest =
        store.scope == .all ? try store.latestEvent().seq : try store.latestEvent(matching: query)
      let after = params.after.map { Int64($0.value) } ?? latest
      store.gate.subscription = Subscription(after: after, types: params.types?.values)
      out.append("{")
      out.member("after")
      out.write(Int(after))
      out.append("}")
    }
  }
}

enum Unsubscribe<Store: UserStore> {
  static var method: Method<Gate<Store>> {
    Method(
      "users.unsubscribe", "Ends the subscription, if there is one.", access: .needs(.events),
      effect: .read, isIdempotent: true, result: .yes,
      examples: [MethodExample("No more", [:], result: true)]
    ) { (_: NoParams, store, out) throws(Failure) in
      store.gate.subscription = nil
      out.append("true")
    }
  }
}
