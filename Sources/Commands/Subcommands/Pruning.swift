import UserMethods
import Users

struct Pruning {
  /// Events that go at a time: others write in between.
  private static let eventsPerGroup = 5000

  let time: Timestamp

  func run<Store: UserStore>(on store: Store) throws {
    var removed = 0
    while true {
      try store.beginWrite()
      let count = try store.pruneEvents(before: time, limit: Self.eventsPerGroup)
      try store.end()
      removed += count
      if count < Self.eventsPerGroup { break }
      Terminal.showProgress("\(removed) events removed")
    }
    Terminal.showProgress("")
    Terminal.say(
      Terminal.isOutputForPeople ? "\(removed) events removed" : "{\"removed\":\(removed)}")
  }
}
