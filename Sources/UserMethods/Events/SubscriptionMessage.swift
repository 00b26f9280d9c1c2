internal import Contract
public import Users

/// A message to a subscriber.
public enum SubscriptionMessage {
  case event(Event)
  /// The subscription ends: later events are unavailable, for example because the store was
  /// restored. The client has to read the accounts again.
  case end(feedID: String)
}
