import Contract
import UserMethods
import Users

enum EventsCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Remove old events from the feed of changes.",
    usage: """
      usage: roster events prune --before TIME [--store file:PATH]

        --before TIME       events that happened before it go: 2026-01-31, or 2026-01-31T08:00:00Z
        --store file:PATH   the store's file ($XDG_DATA_HOME/roster/users.db)

      The latest event always stays, and numbers go on. Who then asks for events behind a number that is
      gone is told so (409 feed_changed). No caller is asked: this is for who holds the file.
      """,
    options: ["--store", "--before"]
  )

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard options.words == ["prune"] else { throw UsageError("events is followed by prune") }
    guard let time = options.before else { throw UsageError("events prune needs --before TIME") }
    _ = try options.keptPlace(else: "the events of a memory store end with it")
    try options.withStore(store, Pruning(time: time))
  }
}

private struct Pruning: StoreWork {
  /// Events that go at a time: others write in between.
  private static let eventsPerGroup = 5000

  let time: Timestamp

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
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
