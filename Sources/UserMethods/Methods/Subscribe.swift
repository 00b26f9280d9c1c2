internal import Contract
internal import JSON
internal import Users

enum Subscribe {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (params: SubscribeParams, store, out) throws(Failure) in
      let given = params.after.map { Int64($0.value) }
      try store.checkFeed(params.feedID?.value, after: given)
      let latest = try store.latestEvent().seq
      let after = given ?? latest
      let feed = try store.feedID()
      store.control.subscription = Subscription(
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
  let types: EnumSet<EventType>?
  let feedID: FeedID?

  init(_ v: inout ParamVisitor) {
    after = v.optional(
      "after", "First sends events after this sequence number (default: the latest).")
    types = v.optional("types", "Only these.")
    feedID = v.optional("feed_id", "Refuse if the feed has another id.")
  }
}

extension Subscribe {
  static let declaration = Declaration(
    SubscribeParams.self,
    "users.subscribe",
    "Sends events as users.event notifications from now on; replaces an earlier subscription.",
    access: .needs(.events), effect: .read, isIdempotent: true, refusals: [.conflict],
    result: .object(ResultDescriber.fields(of: SubscriptionStart.self)),
    examples: [
      MethodExample(
        "From now on", ["types": ["user_created", "user_deleted"]],
        result: ["after": 16, "feed_id": ExampleValue(ExampleData.feedID)])
    ])
}
