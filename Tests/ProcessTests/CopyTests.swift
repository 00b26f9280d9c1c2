import Foundation
import TestSupport
import Testing

/// `roster copy` on the command line.
@Suite struct CopyTests {
  private static let owner = StoreFolder.owner
  private let store: StoreFolder
  private let token: String
  private let password = "a long enough password"

  init() throws {
    store = try StoreFolder()
    let server = try store.serve()
    let invited = try server.call(
      "users.create",
      #"{"email":"bo@example.com","name":"Bo","org_id":"acme","invite_mode":"email_link"}"#)
    let invitation = try #require(invited.firstMatch(of: /"invitation_token":"([^"]+)"/)?.1)
    let accepted = try server.call(
      "users.accept_invitation", #"["\#(invitation)","\#(password)"]"#)
    #expect(accepted.hasPrefix(#""result""#), "\(accepted)")
    try store.add("cy@example.com", "org_id=acme", "idempotency_key=k")
    let made = try roster(
      "token", "create", "--name", "t", "--store", store.store, "--as", Self.owner)
    token = made.text.trimmingCharacters(in: .whitespacesAndNewlines)
    let call = ["call", "--store", store.store, "--as", Self.owner]
    #expect(
      try roster(call + ["users.delete", "cy@example.com", "mode=soft"]).status == .exited(0))
  }

  private func copy(
    _ from: String, _ to: String, _ words: [String] = []
  ) throws -> CommandResult {
    try roster(["copy", "--from", from, "--to", to] + words)
  }

  /// The events of a store, without the id of the feed.
  private func events(_ store: String) throws -> String {
    let told = try roster(
      "call", "users.events", "--store", store, environment: ["ROSTER_TOKEN": token])
    #expect(told.status == .exited(0), "\(told.errors)")
    return told.text.replacing(/"feed_id":"\w+"/, with: "")
  }

  @Test("A directory goes to a server and back: exports, events, passwords and tokens are the same")
  func thereAndBack() throws {
    let server = try TestServer.newStore()
    let back = "file:" + store.folder.file("back.db")
    let done = try copy(store.store, server)
    #expect(done.status == .exited(0), "\(done.errors)")
    #expect(done.text == #"{"copied":"\#(server)","accounts":2}"# + "\n")
    #expect(done.errors == "")
    #expect(try copy(server, back).status == .exited(0))
    let first = try roster("export", "--deleted", "--store", store.store).text
    #expect(first.contains("cy@example.com"))
    let told = try events(store.store)
    for copy in [server, back] {
      #expect(try roster("export", "--deleted", "--store", copy).text == first)
      #expect(try events(copy) == told)
      #expect(try roster("doctor", "--store", copy).status == .exited(0))
      let signedIn = try roster(
        "call", "users.authenticate", "email=bo@example.com", "password=\(password)", "--store",
        copy)
      #expect(signedIn.text.contains("session_token"), "\(signedIn.errors)")
      // The remembered answer: a repeated call creates nothing.
      let again = try roster(
        "call", "users.create", "email=cy@example.com", "name=cy", "org_id=acme",
        "idempotency_key=k", "--store", copy, "--as", Self.owner)
      #expect(again.status == .exited(0), "\(again.errors)")
      #expect(try roster("export", "--store", copy).lines.count == 2)
    }
  }

  @Test("A store that exists, a missing source, and memory are refused, and nothing is changed")
  func refusals() throws {
    let server = try TestServer.newStore()
    let missing = "file:" + store.folder.file("gone.db")
    let before = try roster("export", "--store", store.store).text
    for (from, to, status, reason): (String, String, Int32, String) in [
      (missing, server, 1, "does not exist"), (server, missing, 1, "holds no store"),
      (store.store, store.store, 1, "exists already"), ("memory", missing, 2, "--from is file:"),
      (store.store, "memory", 2, "--to is file:"),
      (store.store, "postgres://a:b@h/d", 2, "--to must not hold a password"),
    ] {
      let refused = try copy(from, to)
      #expect(refused.status == .exited(status), "\(from) \(to): \(refused.errors)")
      #expect(refused.errors.contains(reason), "\(refused.errors)")
    }
    #expect(try copy(store.store, server).status == .exited(0))
    let again = try copy(store.store, server)
    #expect(again.status == .exited(1) && again.errors.contains("is already a store"))
    #expect(try copy(store.store, missing, ["--grant", "x"]).status == .exited(2))
    #expect(try roster("copy", "--from", store.store).status == .exited(2))
    #expect(try roster("export", "--store", store.store).text == before)
    #expect(try !store.folder.names().contains("gone.db"))
  }

  /// Starts a copy that kills itself. Only debug builds can.
  private func kill(at point: String, _ target: String) throws {
    let dead = try RosterProcess(
      ["copy", "--from", store.store, "--to", target], program: RosterBinary.besideThisProgram,
      environment: ["ROSTER_FAILPOINT": point])
    #expect(try dead.waitForExit() == .signaled(SIGKILL), "\(point): \(dead.errorText)")
  }

  @Test(
    "A copy that is killed at any point leaves no store, and can be repeated",
    arguments: ["user_written", "event_written:3", "transaction_written"], [true, false])
  func killed(point: String, isServer: Bool) throws {
    let target = try isServer ? TestServer.newStore() : "file:" + store.folder.file("new.db")
    try kill(at: point, target)
    #expect(try roster("export", "--store", target).status == .exited(1))
    #expect(try copy(store.store, target).status == .exited(0))
    #expect(try roster("doctor", "--store", target).status == .exited(0))
  }

  @Test("A copy that is killed after its commit is there")
  func killedLate() throws {
    for target in [try TestServer.newStore(), "file:" + store.folder.file("new.db")] {
      try kill(at: "committed", target)
      #expect(try roster("doctor", "--store", target).status == .exited(0))
    }
  }
}
