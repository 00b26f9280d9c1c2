/// Whether committed events were left for the next call of `takeEvents`.
public enum PendingEvents {
  case none
  case some
  /// The store could not be read. It may be readable later, without any further commit.
  case unknown
}
