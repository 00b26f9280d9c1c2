/// How a process that waits for new events learns of commits by other processes.
public enum CommitSignal: Sendable, Equatable {
  /// No other process can change the store.
  case needless
  /// The descriptor becomes readable after each commit.
  case descriptor(Int32)
  /// The store can't tell now: the process has to look from time to time.
  case unavailable
}
