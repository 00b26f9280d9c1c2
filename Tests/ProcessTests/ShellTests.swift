import Foundation
import TestSupport
import Testing

/// `roster call` and its neighbours as a shell uses them.
@Suite struct ShellTests {
  private let store: StoreFolder

  init() throws {
    store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme", "metadata.team=ops")
    try store.add("cy@example.com", "org_id=acme")
  }

  /// Runs a command with the store and the caller in the environment.
  private func run(_ words: String..., more: [String: String] = [:]) throws -> CommandResult {
    let environment = ["ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner]
    return try roster(words, environment: environment.merging(more) { $1 })
  }

  // MARK: Environment

  @Test("ROSTER_STORE and ROSTER_AS are the store and the caller")
  func environment() throws {
    #expect(try run("call", "users.count").shown == "3")
    #expect(try run("export").lines.count == 3)
    #expect(try run("doctor").status == .exited(0))
    let config = try run("config", "codex").text
    #expect(config.contains(store.store) && config.contains(StoreFolder.owner))
  }

  @Test("Options take precedence over the environment")
  func precedence() throws {
    let own = ["ROSTER_STORE": "file:/no/such/store", "ROSTER_AS": "no@example.com"]
    let words = ["call", "users.count", "--store", store.store, "--as", StoreFolder.owner]
    #expect(try roster(words, environment: own).shown == "3")
    #expect(try roster(["call", "users.count"], environment: own).status == .exited(1))
  }

  @Test(
    "ROSTER_AS beside a token of any kind is refused",
    arguments: [["--token-file", "/t"], ["--token-fd", "3"], []])
  func credentials(words: [String]) throws {
    var environment = ["ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner]
    if words.isEmpty { environment["ROSTER_TOKEN"] = "roster_x" }
    for command in [["call", "users.count"], ["serve"], ["watch"], ["token", "list"]] {
      let result = try roster(command + words, environment: environment)
      #expect(result.status == .exited(2))
      #expect(result.errors.contains("ROSTER_AS"), "\(result.errors)")
      #expect(result.errors.contains("env -u ROSTER_AS"), "\(result.errors)")
      #expect(result.output.isEmpty)
    }
  }

  @Test("A value of the environment that an option would refuse is refused by its name")
  func badEnvironment() throws {
    let result = try run("call", "users.count", more: ["ROSTER_STORE": "users.db"])
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("ROSTER_STORE in the environment"), "\(result.errors)")
    // Help needs no environment.
    #expect(try run("call", "--help", more: ["ROSTER_STORE": "users.db"]).status == .exited(0))
  }

  // MARK: Params

  /// A command line after `roster call`, and the JSON that it prints.
  private static let calls: [(words: [String], printed: String)] = [
    (["users.get", "bo@example.com", "fields=email"], #"{"email":"bo@example.com"}"#),
    (["users.get", "bo@example.com", "email,name"], #"{"email":"bo@example.com","name":"bo"}"#),
    (["users.get", "fields=email", "bo@example.com"], #"{"email":"bo@example.com"}"#),
    (["users.get", #"["bo@example.com",["email"]]"#], #"{"email":"bo@example.com"}"#),
    (["users.count", "status=active,disabled"], "3"), (["users.count", "status=active"], "3"),
    (["users.count", #"status=["active"]"#], "3"), (["users.count", "acme"], "2"),
    (["users.count", "org_id=acme", "--", "query=bo"], "1"),
    (["users.get", "bo@example.com", "fields=metadata"], #"{"metadata":{"team":"ops"}}"#),
    (["users.get", "--", "-x=y@example.com"], "null"),
    (["users.get", "user_id=a=b@example.com"], "null"),
    (["users.get", "A=b@example.com"], "null"),
  ]

  @Test("Params are given by position, by name, as lists and as fields", arguments: calls)
  func params(call: (words: [String], printed: String)) throws {
    let result = try roster(
      ["call", "--store", store.store, "--as", StoreFolder.owner] + call.words)
    #expect(result.shown == call.printed, "\(call.words) \(result.errors)")
  }

  @Test("One field of the metadata is set, and its value keeps its type")
  func fields() throws {
    let changed = try run(
      "call", "users.update", "bo@example.com", "metadata.shift.from=9", "metadata.zip=0123",
      "metadata.team=null", "roles=member,annotator")
    let user = try #require(changed.json as? [String: Any])
    #expect(user["roles"] as? [String] == ["annotator", "member"])
    let metadata = try JSONSerialization.data(
      withJSONObject: user["metadata"] ?? [:], options: .sortedKeys)
    #expect(String(decoding: metadata, as: UTF8.self) == #"{"shift":{"from":9},"zip":"0123"}"#)
  }

  /// A command line, and a part of the error: all end with status 2.
  private static let misuses: [(words: [String], part: String)] = [
    (["call", "users.get", "a", "id", "x"], "x is not of the form key=value"),
    (["call", "server.info", "x"], "server.info has no params"),
    (["call", "users.list", "emial=x"], "did you mean email?"),
    (["call", "users.lst"], "did you mean users.list?"),
    (["call", "list"], "did you mean users.list?"),
    (["call", "remove"], "did you mean users.delete?"),
    (["call", "users.update", "a", "metadata={}", "metadata.a=1"], "given twice"),
    (["call", "users.update", "a", "name.first=1"], "name has no fields to set"),
    (["call", "users.get", "user_id=a", "user_id=b"], "given twice"),
    (["call", "users.update", "a@b.c", "user_id=b", "name=N"], "user_id is given twice"),
    (["call", "users.update", "a", "metadata..b=1"], "has an empty name in it"),
    (["call", "users.update", "a", "metadata.=1"], "has an empty name in it"),
    (["call", "users.count", "--all"], "--all is for"),
    (["call", "users.list", "--all", #"["acme"]"#], "--all needs params by name"),
    (["call", "users.count", "-o", "xml"], "table, json, jsonl, csv or tsv"),
    (["token", "create", "--name", "x", "-o", "json"], "takes no --output"),
    (["add"], "did you mean roster call users.create?"),
    (["remove"], "did you mean roster call users.delete?"),
    (["me"], "did you mean roster call users.get_current?"),
    (["ls"], "did you mean roster call users.list?"),
    (["users.get"], "did you mean roster call users.get?"),
    (["watsh"], "did you mean watch?"), (["help", "users.gte"], "did you mean users.get?"),
    (["doctor", "x"], "doctor takes no x"), (["methods", "x"], "methods takes no x"),
    (["watch", "x"], "watch takes no x"), (["export", "x"], "export takes no x"),
    (["backup", "a", "b"], "b is not expected"), (["help", "a", "b"], "b is not expected"),
    (["types", "python", "x"], "x is not expected"), (["types", "perl"], "typescript, python"),
    (["token", "revoke", "a", "b"], "b is not expected"),
    (["watch", "--since", "soon"], "--since needs a time or a sequence number"),
    (["watch", "--types", "user_created,user_gone"], "unknown type user_gone"),
  ]

  @Test("A wrong command line ends with status 2 and a suggestion", arguments: misuses)
  func misuse(row: (words: [String], part: String)) throws {
    let result = try roster(
      row.words, environment: ["ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner])
    #expect(result.status == .exited(2), "\(row.words)")
    #expect(result.errors.contains(row.part), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  // MARK: Output

  /// A format, and what it prints of two users.
  private static let formats: [(format: String, printed: [String])] = [
    (
      "json",
      [
        #"{"users":[{"email":"bo@example.com","roles":["member"]},{"email":"cy@example.com","roles":["member"]}],"has_more":false,"next_cursor":null,"limit":50,"total":2}"#
      ]
    ),
    (
      "jsonl",
      [
        #"{"email":"bo@example.com","roles":["member"]}"#,
        #"{"email":"cy@example.com","roles":["member"]}"#,
      ]
    ),
    ("csv", ["email,roles", "bo@example.com,member", "cy@example.com,member"]),
    ("tsv", ["email\troles", "bo@example.com\tmember", "cy@example.com\tmember"]),
    (
      "table",
      ["email           roles", "bo@example.com  member", "cy@example.com  member", "2 of 2 users"]
    ),
  ]

  @Test("Each format prints the fields that the call asks for", arguments: formats)
  func prints(row: (format: String, printed: [String])) throws {
    let words = ["call", "users.list", "acme", "fields=email,roles", "-o", row.format]
    let result = try roster(
      words, environment: ["ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner])
    #expect(result.lines == row.printed, "\(result.errors)")
  }

  @Test(
    "--all follows the pages of users and events to the end",
    arguments: ["json", "jsonl", "csv", "tsv", "table"])
  func all(format: String) throws {
    for page in ["1", "2", "1000"] {
      let users = try run(
        "call", "users.list", "limit=\(page)", "fields=email", "--all", "-o", format)
      #expect(users.status == .exited(0))
      let emails = ["ada@example.com", "bo@example.com", "cy@example.com"]
      let found = users.text.matches(of: /[a-z]+@example\.com/).map { String($0.output) }
      #expect(found == emails, "\(format) \(users.text)")
      if format == "json" {
        let list = (users.json as? [String: Any])?["users"] as? [Any]
        #expect(list?.count == 3)
      }
    }
    let events = try run("call", "users.events", "limit=1", "--all", "-o", format)
    #expect(events.text.matches(of: /user_created/).count == 3, "\(events.text)")
  }

  @Test("A bulk and tokens are tables too") func otherTables() throws {
    let operations =
      #"operations=[{"method":"users.update","params":{"user_id":"bo@example.com","name":"B"}}]"#
    let bulk = try run("call", "users.bulk", operations, "-o", "table")
    #expect(bulk.lines == ["operation  outcome  detail", "0          done     bo@example.com"])
    _ = try run("token", "create", "--name", "ci")
    let tokens = try run("token", "list", "-o", "csv")
    #expect(tokens.lines.count == 2 && tokens.lines[1].contains(",ci,"))
    let user = try run("call", "users.get", "bo@example.com", "email,name", "-o", "table")
    #expect(user.lines == ["email  bo@example.com", "name   B"])
  }

  // MARK: Exit status

  @Test("A bulk with a failed operation ends with status 1", arguments: [true, false])
  func failedBulk(isAtomic: Bool) throws {
    let operations =
      #"operations=[{"method":"users.update","params":{"user_id":"no@example.com","name":"B"}},"#
      + #"{"method":"users.update","params":{"user_id":"cy@example.com","name":"C"}}]"#
    let bulk = try run("call", "users.bulk", operations, "atomic=\(isAtomic)")
    #expect(bulk.status == .exited(1))
    #expect(bulk.text.contains("not_found"))
    #expect(bulk.errors.contains("failed"), "\(bulk.errors)")
    let name = try run("call", "users.get", "cy@example.com", "name", "-o", "csv").lines.last
    #expect(name == (isAtomic ? "cy" : "C"))
  }

  @Test("An error is printed once, with its word and the command that helps") func errors() throws {
    let missing = try run("call", "users.update", "no@example.com", "name=N")
    #expect(missing.status == .exited(1) && missing.output.isEmpty)
    #expect(
      missing.errors == """
        roster: There is no such user for this caller. (404 not_found)
        Check the id or email with roster call users.get or roster call users.list.

        """)
    let wrong = try run("call", "users.create", "name=", "email=x")
    #expect(
      wrong.errors.split(separator: "\n").map { $0.prefix(9) } == [
        "roster: T", "  email: ", "  name: m",
      ], "\(wrong.errors)")
  }

  // MARK: Other commands

  @Test("A method is described, and all are listed") func help() throws {
    let help = try run("help", "users.create")
    for part in ["usage: roster call users.create NAME", "email=TEXT", "roles=A,B,…", "Example: "] {
      #expect(help.text.contains(part), "\(help.text)")
    }
    let methods = try run("methods", "-o", "jsonl").lines
    #expect(methods.count == 24 && methods[0].contains(#""method":"users.list""#))
    #expect(try run("methods").lines.count == 1)
    for line in help.lines { #expect(line.count <= 80, "\(line)") }
  }

  @Test("A token is rotated and revoked by its name") func tokens() throws {
    let old = try run("token", "create", "--name", "ci", "--scopes", "users.read", "--days", "7")
    let new = try run("token", "rotate", "ci")
    #expect(new.status == .exited(0) && new.lines.count == 1 && new.shown != old.shown)
    let tokens = try #require(try run("token", "list").json as? [[String: Any]])
    #expect(tokens.count == 1 && tokens[0]["scopes"] as? [String] == ["users.read"])
    func count(_ token: String) throws -> String {
      try roster(
        ["call", "users.count", "--store", store.store], environment: ["ROSTER_TOKEN": token]
      ).shown
    }
    #expect(try count(new.shown) == "3")
    #expect(try count(old.shown) == "")
    _ = try run("token", "create", "--name", "ci")
    let twice = try run("token", "revoke", "ci")
    #expect(twice.status == .exited(1) && twice.errors.contains("2 tokens with the name ci"))
    #expect(try run("token", "list").text.contains("ci"))
    let id = try #require(tokens[0]["id"] as? String)
    #expect(try run("token", "revoke", id).status == .exited(0))
    #expect(try run("token", "revoke", "ci").status == .exited(0))
    #expect(try run("token", "revoke", "ci").status == .exited(1))
  }

  @Test("A name that looks like another token's id does not take its place") func decoy() throws {
    try store.add("di@example.com", "org_id=acme")
    _ = try run("token", "create", "--name", "bad", "--user", "di@example.com")
    let list = ["token", "list", "--user", "di@example.com", "-o", "json"]
    let environment = ["ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner]
    let bad = try #require(
      (try roster(list, environment: environment).json as? [[String: Any]])?.first)
    let id = try #require(bad["id"] as? String)
    _ = try run("token", "create", "--name", id)
    #expect(try run("token", "revoke", id).status == .exited(0))
    #expect(try roster(list, environment: environment).shown == "[]")
    #expect(try run("token", "list").text.contains(id))
  }

  @Test("watch begins at the end of a feed of which the caller sees nothing") func blindWatch()
    throws
  {
    _ = try run("events", "prune", "--before", "2099-01-01")
    let watch = try RosterProcess(
      ["watch", "--org", "elsewhere"],
      environment: ["ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner])
    try watch.waitUntilIdle()
    watch.send(signal: SIGTERM)
    #expect(try watch.waitForExit() == .exited(0), "\(watch.errorText)")
  }

  @Test("doctor warns of tokens that expire within two weeks") func expiry() throws {
    _ = try run("token", "create", "--name", "late", "--days", "15")
    #expect(try run("doctor").text.contains("no API token expires within 14 days"))
    _ = try run("token", "create", "--name", "soon", "--days", "14")
    let report = try run("doctor")
    #expect(report.status == .exited(0))
    #expect(report.text.contains("expires within 14 days: soon (ada@example.com)"))
    #expect(report.text.contains("roster token rotate"))
  }

  @Test("backup - writes a complete store to standard output, and leaves no copy")
  func streamedBackup() throws {
    let folder = try TemporaryFolder()
    let backup = try run("backup", "-", more: ["TMPDIR": folder.path])
    #expect(backup.status == .exited(0))
    let path = store.folder.file("copy.db")
    try Data(backup.output).write(to: URL(filePath: path))
    #expect(try roster("export", "--store", "file:\(path)").lines.count == 3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    let nowhere = try run("backup", "-", more: ["TMPDIR": "/no/such/folder"])
    #expect(nowhere.status == .exited(1) && nowhere.errors.contains("TMPDIR"))
  }

  @Test("watch prints past events, then the new ones") func watches() throws {
    let watch = try RosterProcess(
      ["watch", "--since", "1", "--types", "user_created,user_updated"],
      environment: ["ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner])
    #expect(try watch.readLine()?.contains(#""seq":2,"#) == true)
    #expect(try watch.readLine()?.contains(#""seq":3,"#) == true)
    _ = try run("call", "users.update", "bo@example.com", "company=Acme")
    #expect(try watch.readLine()?.contains(#""company":{"before":null,"after":"Acme"}"#) == true)
    watch.send(signal: SIGTERM)
    #expect(try watch.waitForExit() == .exited(0))
  }

  // MARK: Log

  @Test("ROSTER_LOG=info writes a line for each request, without params", arguments: [true, false])
  func log(isJSON: Bool) throws {
    let requests = """
      {"jsonrpc":"2.0","id":1,"method":"users.get","params":{"user_id":"secret@example.com"}}
      {"jsonrpc":"2.0","id":2,"method":"users.update","params":{"user_id":"secret@example.com","name":"S"}}
      {"jsonrpc":"2.0","id":3,"method":"secret.method"}

      """
    let result = try roster(
      ["serve", "--log", isJSON ? "json" : "text"], input: Array(requests.utf8),
      environment: [
        "ROSTER_STORE": store.store, "ROSTER_AS": StoreFolder.owner, "ROSTER_LOG": "info",
      ])
    let lines = result.errors.split(separator: "\n").map(String.init)
    #expect(lines.count == 5 && !result.errors.contains("secret"), "\(result.errors)")
    if isJSON {
      let records = try lines.map {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
      }
      #expect(records[1]["method"] as? String == "users.get" && records[1]["ms"] is Double)
      #expect(records[1]["outcome"] as? String == "ok")
      #expect(records[2]["outcome"] as? String == "404 not_found")
      #expect(records[1]["caller_id"] is String)
    } else {
      #expect(lines[1].hasPrefix("roster: info: users.get ok ") && lines[1].contains(" caller="))
      #expect(lines[3].hasPrefix("roster: info: unknown_method -32601 "))
    }
    let quiet = try roster(
      ["serve"], input: Array(requests.utf8), environment: ["ROSTER_STORE": store.store])
    #expect(quiet.errors.isEmpty)
  }
}

extension CommandResult {
  /// The output without its last line end.
  fileprivate var shown: String { lines.joined(separator: "\n") }

  fileprivate var json: Any? { try? JSONSerialization.jsonObject(with: Data(output)) }
}
