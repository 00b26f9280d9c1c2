internal import Contract
internal import JSON
internal import Users

enum Subscribe {
  static func method<Store: UserStore>() -> Method<Gate<Store>> {
    Method(declaration) { (params: SubscribeParams, store, out) throws(Failure) in
      let given = params.after.map { Int64($0.value) }
      try store.checkFeed(params.feedID?.value, after: given)
      let latest = try store.latestEvent().seq
      let after = given ?? latest
      let feed = try store.feedID()
      store.gate.subscription = Subscription(
        after: after, types: params.types?.values, feedID: feed)
      let start = SubscriptionStart(
        after: EventNumber(unchecked: Int(after)), feedID: FeedID(unchecked: feed))
      out.append("{")
      start.fields(&out)
      out.append("}")
    }
  }
}

struct SubscribeParams: Params {
  let after: EventNumber?
  let types: WordSet<EventType>?
  let feedID: FeedID?

  init(_ v: inout ParamVisitor) {
    after = v.optional("after", "Tells events behind this number first (the latest's).")
    types = v.optional("types", "Only these.")
    feedID = v.optional("feed_id", "Refuse unless it is still this feed; as answers tell it.")
  }
}

extension Subscribe {
  static let declaration = Declaration(
    SubscribeParams.self,
    "users.subscribe",
    "From now on tells events as users.event notifications; takes the place of an earlier one.",
    access: .needs(.events), effect: .read, isIdempotent: true, refusals: [.conflict],
    result: .object(ResultDescriber.fields(of: SubscriptionStart.self)),
    examples: [
      MethodExample(
        "From now on", ["types": ["user_created", "user_deleted"]],
        result: ["after": 16, "feed_id": ExampleValue(Story.feedID)])
    ])
}
