import Contract
import JSON
import Server
import UserMethods
import Users

struct Watch {
  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(control: try options.control(for: store), store: store)
    // One record per line suits a pipe that never ends.
    let format = options.output ?? (Terminal.isOutputForPeople ? .table : .jsonl)
    var printer = ResultPrinter(format, columns: nil, isEndless: true)
    var params = Self.filters(options)
    switch options.since {
    case .number(let number): params.append(("after", .init(number)))
    case .time(let time): params.append(("since", .init(time)))
    case nil: params.append(("after", .init(try latest(&call))))
    }
    var feed: String?
    /// What was said about a store that can't be used now.
    var said: String?
    while !ShutdownSignal.isStopping {
      let commits = store.awaitCommits()
      var (next, hasMore) = (0, false)
      do {
        try call.run("users.events", ExampleValue.object(params).json) { result in
          if result.field("events")?.count != 0 { printer.show(result) }
          next = result.field("next")?.int ?? 0
          hasMore = result.field("has_more")?.bool ?? false
          feed = result.field("feed_id")?.string
        }
      } catch let error as CommandError where error.isPassing && feed != nil {
        // A database server restarts, for example. No event is lost: the next answer begins where the
        // last one ended.
        if error.message.text != said {
          Terminal.complain("roster: \(error.message.text) Trying again each second.")
        }
        said = error.message.text
        ShutdownSignal.sleep(ms: 1000)
        continue
      }
      if said != nil { Terminal.complain("roster: The store can be used again.") }
      said = nil
      params = Self.filters(options) + [("after", .init(next))]
      if case .time(let time) = options.since { params.append(("since", .init(time))) }
      if let feed { params.append(("feed_id", .init(feed))) }
      if !hasMore {
        store.releaseSnapshot()
        ShutdownSignal.sleep(until: commits)
      }
    }
  }

  private static func filters(_ options: Options) -> [(String, ExampleValue)] {
    guard let types = options.types?.words(at: ",") else { return [] }
    return [("types", .init { types.write(into: &$0) })]
  }

  /// The sequence number of the latest event, whether this caller sees it or not.
  private func latest<Store: UserStore>(_ call: inout SingleCall<Store>) throws -> Int {
    var latest = 0
    try call.run("users.subscribe", "{}") { latest = $0.field("after")?.int ?? 0 }
    try call.run("users.unsubscribe", "{}") { _ in }
    return latest
  }
}
