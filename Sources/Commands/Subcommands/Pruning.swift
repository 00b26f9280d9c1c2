import UserMethods
import Users

struct Pruning {
  /// Events removed in one transaction; other processes can write between transactions.
  private static let eventsPerTransaction = 5000

  let time: Timestamp

  func run<Store: UserStore>(on store: Store) throws {
    var removed = 0
    while true {
      try store.beginWrite()
      let count = try store.pruneEvents(before: time, limit: Self.eventsPerTransaction)
      try store.commit()
      removed += count
      if count < Self.eventsPerTransaction { break }
      Terminal.showProgress("\(removed) events removed")
    }
    Terminal.showProgress("")
    Terminal.say(
      Terminal.isOutputForPeople ? "\(removed) events removed" : "{\"removed\":\(removed)}")
  }
}
