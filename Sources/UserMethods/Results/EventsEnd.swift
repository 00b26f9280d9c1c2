internal import Contract
internal import Users

/// What follows the events of a page.
struct EventsEnd: ResultShape {
  let next: EventNumber
  let hasMore: Bool
  let feedID: FeedID

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("next", next, "Pass it as after to get what follows, now or later.")
    v.field("has_more", hasMore, "Whether more follow at once.")
    v.field("feed_id", feedID, FeedID.about)
  }

  static var sample: EventsEnd {
    EventsEnd(next: .placeholder, hasMore: false, feedID: .placeholder)
  }
}
