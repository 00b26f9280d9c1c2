internal import Contract
internal import JSON
internal import JSONRPC
internal import UserMethods
internal import Users

extension ByteBuffer {
  /// Writes one notification to a subscriber.
  mutating func write(_ told: SubscriptionMessage) {
    switch told {
    case .event(let event):
      beginNotification("users.event")
      append("{")
      event.fields(&self)
    case .end(let feedID):
      beginNotification("users.subscription_ended")
      append("{\"reason\":\"feed_changed\"")
      field("feed_id")
      write(feedID)
    }
    append("}")
    endNotification()
  }
}
