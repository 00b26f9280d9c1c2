internal import Contract
internal import Users

/// The fields after the events of a page.
struct EventsEnd: ResultSchema {
  let next: EventNumber
  let hasMore: Bool
  let feedID: FeedID

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("next", next, "Pass it as after to read on, now or later.")
    v.field("has_more", hasMore, "Whether more events are available now.")
    v.field("feed_id", feedID, FeedID.description)
  }

  static var sample: EventsEnd {
    EventsEnd(next: .placeholder, hasMore: false, feedID: .placeholder)
  }
}
