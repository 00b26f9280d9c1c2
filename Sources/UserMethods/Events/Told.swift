internal import Contract
public import Users

/// What a subscriber is told.
public enum Told {
  case event(Event)
  /// Nothing more is told: the events behind the last one are not to be had, in a store that was
  /// restored, say. The accounts have to be read again.
  case end(feedID: String)
}
