import Foundation
import TestSupport
import Testing

/// `roster restore` of a file's backup into a store on a database server.
@Suite struct ServerRestoreTests {
  private static let owner = StoreFolder.owner
  private let source: StoreFolder
  private let backup: String
  private let token: String
  private let server: String

  /// A directory whose backup was made before an account came and a token was revoked, on a server.
  init() throws {
    source = try StoreFolder()
    try source.add("bo@example.com", "org_id=acme")
    token = try Self.token("kept", source.store)
    _ = try Self.token("revoked", source.store)
    let session = source.store
    server = try TestServer.newStore()
    backup = source.folder.file("monday.db")
    #expect(try roster("backup", backup, "--store", session).status == .exited(0))
    #expect(try roster("copy", "--from", session, "--to", server).status == .exited(0))
    let revoked = try roster(
      "token", "revoke", "revoked", "--store", server, "--as", Self.owner)
    #expect(revoked.status == .exited(0), "\(revoked.errors)")
    let made = try roster(
      "call", "users.create", "email=cy@example.com", "name=Cy", "org_id=acme", "--store", server,
      "--as",
      Self.owner)
    #expect(made.status == .exited(0), "\(made.errors)")
  }

  private static func token(_ name: String, _ store: String) throws -> String {
    try roster("token", "create", "--name", name, "--store", store, "--as", owner)
      .text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func restore(_ words: String...) throws -> CommandResult {
    try roster(["restore", backup, "--store", server] + words)
  }

  private func tokens() throws -> String {
    try roster("token", "list", "--store", server, "--as", Self.owner).text
  }

  @Test(
    "A running server serves the backup, its subscription ends, and revoked tokens stay revoked")
  func servesOn() throws {
    let process = try RosterProcess(["serve", "--store", server, "--as", Self.owner])
    let feed = try process.call("users.subscribe", "{}")
    #expect(try process.call("users.count", "{}") == #""result":3"#)
    let result = try restore("--yes")
    #expect(
      result.text == #"{"restored":"\#(server)","accounts":2,"access_ended":1}"# + "\n",
      "\(result.errors)")
    #expect(try process.readLine()?.contains("users.subscription_ended") == true)
    #expect(try process.call("users.count", "{}") == #""result":2"#)
    let name = try #require(feed.firstMatch(of: /feed_id":"(\w+)"/)?.1)
    #expect(try process.call("users.events", #"{"feed_id":"\#(name)"}"#).contains("feed_changed"))
    let list = try tokens()
    #expect(list.contains("kept") && !list.contains("revoked"), "\(list)")
    let called = try roster(
      "call", "users.count", "--store", server, environment: ["ROSTER_TOKEN": token])
    #expect(called.text == "2\n", "\(called.errors)")
    #expect(try roster("doctor", "--store", server).status == .exited(0))
    let exports = try [server, "file:" + backup].map { try roster("export", "--store", $0).text }
    #expect(exports[0] == exports[1])
    // The store can be written, and restored again.
    #expect(
      try process.call("users.create", #"{"email":"di@example.com","name":"Di","org_id":"acme"}"#)
        .contains("id"))
    #expect(try restore("--yes").status == .exited(0))
    #expect(try process.call("users.count", "{}") == #""result":2"#)
  }

  @Test("With --keep-tokens all API tokens of the backup are there again")
  func keepsTokens() throws {
    let result = try restore("--yes", "--keep-tokens")
    #expect(result.text.contains(#""access_ended":0"#), "\(result.errors)")
    #expect(try tokens().contains("revoked"))
  }

  @Test("A restore without --yes, from no backup or a damaged one changes nothing")
  func refusals() throws {
    let before = try roster("export", "--store", server).text
    #expect(try restore().status == .exited(2))
    let text = try source.folder.write("notes.txt", "Dear diary")
    var bytes = try source.folder.bytes("monday.db")
    // A page in the middle.
    for at in (bytes.count / 2)..<(bytes.count / 2 + 4096) { bytes[at] ^= 0x55 }
    let damaged = try source.folder.write("damaged.db", bytes)
    for other in [text, damaged, source.folder.file("gone.db")] {
      let refused = try roster("restore", other, "--store", server, "--yes")
      #expect(refused.status == .exited(1))
      #expect(refused.errors.contains(other), "\(refused.errors)")
    }
    #expect(try roster("export", "--store", server).text == before)
  }

  @Test("A restore makes a missing store, in which tokens end unless they are to be kept")
  func makesAStore() throws {
    for (words, ended) in [([], 2), (["--keep-tokens"], 0)] {
      let store = try TestServer.newStore()
      let made = try roster(["restore", backup, "--store", store, "--yes"] + words)
      #expect(made.text.contains(#""access_ended":\#(ended)"#), "\(made.errors)")
      #expect(try roster("doctor", "--store", store).status == .exited(0))
    }
  }

  @Test(
    "A restore that is killed leaves the store as it was",
    arguments: ["user_written", "event_written:3", "transaction_written"])
  func killed(point: String) throws {
    let before = try roster("export", "--store", server).text
    let dead = try RosterProcess(
      ["restore", backup, "--store", server, "--yes"], program: RosterBinary.besideThisProgram,
      environment: ["ROSTER_FAILPOINT": point])
    #expect(try dead.waitForExit() == .signaled(SIGKILL), "\(point): \(dead.errorText)")
    #expect(try roster("export", "--store", server).text == before)
    #expect(try restore("--yes").status == .exited(0))
  }
}
