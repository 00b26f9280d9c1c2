import Foundation
import TestSupport
import Testing

/// `roster restore` and `roster events prune` on the command line.
@Suite struct RestoreTests {
  private let store: StoreFolder
  private let backup: String

  init() throws {
    store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme")
    backup = store.folder.file("monday.db")
    #expect(try roster("backup", backup, "--store", store.store).status == .exited(0))
    try store.add("cy@example.com", "org_id=acme")
  }

  private func restore(_ words: String...) throws -> CommandResult {
    try roster(["restore", backup, "--store", store.store] + words)
  }

  private func emails() throws -> String {
    try roster("export", "--store", store.store).text
  }

  @Test("After a restore a running server serves the backup, and its subscription ends")
  func servesOn() throws {
    let server = try store.serve()
    let feed = try server.call("users.subscribe", "{}")
    #expect(try server.call("users.count", "{}") == #""result":3"#)
    let result = try restore("--yes")
    #expect(
      result.text
        == #"{"restored":"\#(store.folder.file("users.db"))","accounts":2,"access_ended":0}"# + "\n"
    )
    #expect(try server.readLine()?.contains("users.subscription_ended") == true)
    #expect(try server.call("users.count", "{}") == #""result":2"#)
    // The sequence numbers are those of the backup, and the feed has another id.
    let events = try server.call("users.events", #"{"after":2}"#)
    #expect(events.contains(#""events":[],"next":2"#), "\(events)")
    let name = try #require(feed.firstMatch(of: /feed_id":"(\w+)"/)?.1)
    #expect(try server.call("users.events", #"{"feed_id":"\#(name)"}"#).contains("feed_changed"))
  }

  @Test("A restore without a terminal and without --yes is refused and changes nothing")
  func needsAYes() throws {
    let before = try emails()
    let result = try restore()
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("--yes"), "\(result.errors)")
    #expect(try emails() == before)
  }

  @Test(
    "A restore from a file that is not a backup is refused, and the store does not change",
    arguments: ["store", "text", "none"])
  func refuses(kind: String) throws {
    let before = try emails()
    let other =
      switch kind {
      case "store": store.folder.file("users.db")
      case "text": try store.folder.write("notes.txt", "Dear diary")
      default: store.folder.file("gone.db")
      }
    let result = try roster("restore", other, "--store", store.store, "--yes")
    #expect(result.status == .exited(1))
    #expect(result.errors.contains(other), "\(result.errors)")
    #expect(try emails() == before)
    #expect(try !store.folder.names().contains { $0.hasSuffix(".new") })
  }

  @Test("A restore replaces a damaged store and makes a missing one", arguments: [true, false])
  func makesAStore(isThere: Bool) throws {
    let path = store.folder.file("other.db")
    if isThere {
      // The header of a store, and little else.
      let part = Array(try store.folder.bytes("monday.db").prefix(5000))
      #expect(chmod(try store.folder.write("other.db", part), 0o600) == 0)
    }
    let result = try roster("restore", backup, "--store", "file:" + path, "--yes")
    #expect(result.status == .exited(0), "\(result.errors)")
    #expect(try roster("doctor", "--store", "file:" + path).status == .exited(0))
    #expect(try roster("export", "--store", "file:" + path).text.contains("bo@example.com"))
  }

  @Test("events prune removes old events, and a query for removed events is refused")
  func prunes() throws {
    let result = try roster(
      "events", "prune", "--before", "2100-01-01", "--store", store.store)
    #expect(result.text == "{\"removed\":2}\n", "\(result.errors)")
    let call = ["call", "users.events", "--store", store.store, "--as", "ada@example.com"]
    #expect(try roster(call + ["after=1"]).errors.contains("pruned"))
    #expect(try roster(call).text.contains(#""seq":3,"#))
    #expect(try roster(call + ["after=2"]).text.contains(#""seq":3,"#))
    #expect(try roster("doctor", "--store", store.store).status == .exited(0))
    for words in [
      ["prune"], ["prune", "--before", "soon"], [], ["list", "--before", "2026-01-01"],
    ] {
      #expect(try roster(["events"] + words + ["--store", store.store]).status == .exited(2))
    }
  }
}
