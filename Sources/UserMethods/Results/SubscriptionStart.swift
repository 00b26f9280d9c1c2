internal import Contract
internal import Users

/// Where a subscription begins.
struct SubscriptionStart: ResultShape {
  let after: EventNumber
  let feedID: FeedID

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("after", after, "Events behind this number will come.")
    v.field("feed_id", feedID, FeedID.about)
  }

  static var sample: SubscriptionStart {
    SubscriptionStart(after: .placeholder, feedID: .placeholder)
  }
}
