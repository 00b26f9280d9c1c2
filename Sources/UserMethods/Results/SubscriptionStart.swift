internal import Contract
internal import Users

/// The start of a subscription.
struct SubscriptionStart: ResultSchema {
  let after: EventNumber
  let feedID: FeedID

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("after", after, "The subscription starts after this sequence number.")
    v.field("feed_id", feedID, FeedID.description)
  }

  static var sample: SubscriptionStart {
    SubscriptionStart(after: .placeholder, feedID: .placeholder)
  }
}
