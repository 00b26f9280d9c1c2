import Foundation
import TestSupport
import Testing

/// Stores on a database server, on the command line.
@Suite struct ServerStoreTests {
  private static let owner = "ada@example.com"

  private func newStore(_ words: String...) throws -> String {
    let store = try TestServer.newStore()
    let made = try roster(["init", "--store", store, "--owner", Self.owner] + words)
    guard made.status == .exited(0) else { throw TestFailure("init: \(made.errors)") }
    return store
  }

  @Test("init makes a store once, and the commands work on it")
  func commands() throws {
    let store = try newStore()
    let again = try roster("init", "--store", store, "--owner", Self.owner)
    #expect(again.status == .exited(1))
    #expect(again.errors.contains("is already a store"))
    let sample = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "examples/users.jsonl").path(percentEncoded: false)
    for (words, isKept) in [(["--dry-run"], false), ([], true)] {
      let imported = try roster(["import", sample, "--store", store] + words)
      #expect(imported.status == .exited(0), "\(imported.errors)")
      let exported = try roster("export", "--store", store)
      #expect((exported.lines.count > 1000) == isKept)
    }
    let token = try roster("token", "create", "--name", "t", "--store", store, "--as", Self.owner)
    #expect(token.text.hasPrefix("roster_"))
    let shown = try roster("policy", "show", "--store", store)
    #expect(shown.text == "{}\n")
    let checked = try roster("doctor", "--json", "--store", store)
    #expect(checked.status == .exited(0), "\(checked.text)")
    for check in ["server", "privileges", "durability", "accounts", "counts", "events"] {
      #expect(checked.text.contains(#"{"name":"\#(check)","status":"ok""#), "\(check)")
    }
    let refused = try roster("backup", "a.db", "--store", store)
    #expect(refused.status == .exited(1))
    #expect(refused.errors.contains("tools of its server"))
  }

  @Test(
    "An address with a password is refused before anything is connected",
    arguments: [
      "postgres://ada:secret@db.example/roster", "postgresql://db.example/roster?password=secret",
      "postgres://db.example/roster?p%61ssword=secret", "service:prod?sslpassword=secret",
    ])
  func passwords(store: String) throws {
    for environment in [[:], ["ROSTER_STORE": store]] {
      let words = environment.isEmpty ? ["--store", store] : []
      let refused = try roster(["serve"] + words, environment: environment)
      #expect(refused.status == .exited(2))
      #expect(refused.errors.contains("must not hold a password"))
      #expect(!refused.errors.contains("secret"))
    }
  }

  @Test("An address that leads to no store is refused with the reason")
  func nowhere() throws {
    let store = try TestServer.newStore()
    let missing = try roster("serve", "--store", store)
    #expect(missing.status == .exited(1))
    #expect(missing.errors.contains("holds no store in the schema"))
    let closed = try roster("serve", "--store", "postgres://127.0.0.1:1/roster")
    #expect(closed.status == .exited(1))
    #expect(closed.errors.contains("Connection refused"))
    let schema = try roster("serve", "--store", "postgres://127.0.0.1/roster?schema=pg_x")
    #expect(schema.status == .exited(1))
    #expect(schema.errors.contains("does not name a schema"))
    for words in [["--schema", "x"], ["--grant", "x"]] {
      let file = ["init", "--owner", Self.owner, "--store", "file:/nowhere/users.db"]
      #expect(try roster(file + words).status == .exited(2))
    }
    for role in ["public", ""] {
      let words = ["init", "--owner", Self.owner, "--store", store, "--grant", role]
      #expect(try roster(words).status == .exited(2))
    }
  }

  @Test("init ends with the command for the role that may serve, not for the owner of the tables")
  func initRole() throws {
    let store = try TestServer.newStore()
    let user = try #require(store.firstMatch(of: /\/\/([a-z]+)@/))
    let made = try roster(
      "init", "--store", store, "--owner", Self.owner, "--grant", "pg_monitor")
    let other = store.replacingOccurrences(of: user.0, with: "//pg_monitor@")
    #expect(made.text.contains("serve --store '\(other)'"), "\(made.text)")
  }

  @Test("config starts roster and not roster-postgres, and expands ~/ of files in the address")
  func config() throws {
    let made = try roster(
      "config", "claude", "--as", Self.owner, "--store",
      "postgres://h/d?passfile=~/a%20b&sslkey=/k~/&schema=s", environment: ["HOME": "/home/é"])
    #expect(made.text.contains("/roster\","), "\(made.text)")
    #expect(made.text.contains("?passfile=/home/%C3%A9/a%20b&sslkey=/k~/&schema=s"), "\(made.text)")
  }

  @Test("doctor starts a server with the variables of libpq")
  func doctorByVariables() throws {
    let store = try newStore()
    let port = try #require(store.firstMatch(of: /:(\d+)\//))
    let doctor = try roster(
      "doctor", "--store", store.replacingOccurrences(of: port.0, with: "/"),
      environment: ["PGPORT": String(port.1)])
    #expect(doctor.status == .exited(0), "\(doctor.text)")
    #expect(doctor.text.contains("latency"))
  }

  @Test("Without the other program beside it, or with one of another version, roster says so")
  func handover() throws {
    let folder = try TemporaryFolder()
    let alone = folder.file("roster")
    // Another process copies: a process that is spawned meanwhile would hold the new file open.
    let copy = try RosterProcess([RosterBinary.path, alone], program: "/bin/cp")
    #expect(try copy.waitForExit() == .exited(0))
    let store = try TestServer.newStore()
    let process = try RosterProcess(["serve", "--store", store], program: alone)
    #expect(try process.waitForExit() == .exited(1))
    #expect(process.errorText.contains("roster-postgres, which is not in \(folder.path)"))
    let other = try roster(
      "serve", "--store", store, environment: ["ROSTER_HANDED_OVER": "0.0.1"])
    #expect(other.status == .exited(1))
    #expect(other.errors.contains("Install both from the same release."))
    // What needs no such store works without it.
    let help = try RosterProcess(["help"], program: alone)
    #expect(try help.waitForExit() == .exited(0))
  }
}
