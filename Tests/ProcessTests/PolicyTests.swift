import Foundation
import TestSupport
import Testing

/// A store has one policy, which every process on it follows.
@Suite struct PolicyTests {
  private static let reader =
    #"{"roles":{"reader":{"grants":[{"capability":"users.read","scope":"all"}]}}}"#
  /// The same content in another spelling.
  private static let readerAgain = """
    { "$schema": "x",
      "roles": {"reader": {"description": "Reads.", "grants": [
        {"scope": "all", "capability": "users.read"}]}} }
    """
  private static let label = #"{"roles":{"reader":{"grants":[]}}}"#
  private static let count = #"{"jsonrpc":"2.0","id":1,"method":"users.count"}"# + "\n"

  private static func store() throws -> StoreFolder {
    let store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme", #"roles=["reader"]"#)
    return store
  }

  private func serve(_ store: StoreFolder, _ options: String...) throws -> CommandResult {
    try roster(
      ["serve", "--store", store.store, "--as", "bo@example.com"] + options,
      input: Array(Self.count.utf8))
  }

  @Test(
    "A policy whose role names differ only by case is refused",
    arguments: [#"{"Admin":{"grants":[]}}"#, #"{"aa":{"grants":[]},"AA":{"grants":[]}}"#])
  func lookAlikes(roles: String) throws {
    let store = try StoreFolder()
    let file = try store.folder.write("policy.json", #"{"roles":\#(roles)}"#)
    let result = try roster("policy", "set", file, "--store", store.store)
    #expect(result.status == .exited(1) && result.errors.contains("only by case"))
    let launch = try roster(
      ["serve", "--store", store.store, "--as", StoreFolder.owner, "--policy", file], input: [])
    #expect(launch.status == .exited(1) && launch.errors.contains("only by case"))
  }

  @Test("A policy that is set or cleared takes effect on the next request of a running process")
  func holdsAtOnce() throws {
    let store = try Self.store()
    let policy = try store.folder.write("policy.json", Self.reader)
    let bo = try store.serve(as: "bo@example.com")
    #expect(try bo.call("users.count").contains("users.read"))
    let set = try roster("policy", "set", policy, "--store", store.store)
    #expect(set.text == #"{"accounts_changed":1,"access_ended":0}"# + "\n")
    #expect(try bo.call("users.count") == #""result":2"#)
    #expect(try roster("policy", "show", "--store", store.store).text == Self.reader + "\n")
    let again = try roster("policy", "set", policy, "--store", store.store)
    #expect(again.text == #"{"accounts_changed":0,"access_ended":0}"# + "\n")
    #expect(try roster("policy", "clear", "--store", store.store).status == .exited(0))
    #expect(try bo.call("users.count").contains("users.read"))
    #expect(try roster("policy", "show", "--store", store.store).text == "{}\n")
    let events = try store.serve().call("users.events", #"{"types":["policy_changed"]}"#)
    #expect(events.components(separatedBy: #""user_id":null"#).count == 3, "\(events)")
  }

  @Test("serve --policy sets the policy of a store that has none, else compares the content")
  func isKept() throws {
    let store = try Self.store()
    let policy = try store.folder.write("policy.json", Self.reader)
    let same = try store.folder.write("same.json", Self.readerAgain)
    let other = try store.folder.write("other.json", Self.label)
    // With --read-only the policy is not stored.
    let refused = try serve(store, "--policy", policy, "--read-only")
    #expect(refused.status == .exited(1) && refused.errors.contains("roster policy set"))
    #expect(try roster("policy", "show", "--store", store.store).text == "{}\n")
    #expect(try serve(store, "--policy", policy).text.contains(#""result":2"#))
    #expect(try serve(store, "--policy", same).text.contains(#""result":2"#))
    #expect(try serve(store, "--policy", same, "--read-only").text.contains(#""result":2"#))
    #expect(try serve(store).text.contains(#""result":2"#))
    let differs = try serve(store, "--policy", other)
    #expect(differs.status == .exited(1) && differs.output.isEmpty)
    #expect(differs.errors.contains("policy differs") && differs.errors.contains("policy set"))
  }

  @Test(
    "An invalid policy file changes nothing", arguments: ["{}}", #"{"roles":{"owner":{}}}"#])
  func mistakes(text: String) throws {
    let store = try Self.store()
    let before = try Data(contentsOf: URL(filePath: store.folder.file("users.db")))
    let policy = try store.folder.write("policy.json", text)
    for words in [["policy", "set", policy], ["serve", "--policy", policy]] {
      let result = try roster(words + ["--store", store.store])
      #expect(result.status == .exited(1) && result.errors.contains(policy), "\(result.errors)")
    }
    #expect(try Data(contentsOf: URL(filePath: store.folder.file("users.db"))) == before)
  }

  @Test("A memory store takes a policy for its lifetime, also with --read-only")
  func memory() throws {
    let folder = try TemporaryFolder()
    let policy = try folder.write("policy.json", Self.reader)
    for options in [[], ["--read-only"]] {
      let result = try roster(
        ["serve", "--store", "memory", "--as", "a@b", "--policy", policy] + options,
        input: Array(Self.count.utf8))
      #expect(result.text.contains(#""result":1"#), "\(result.errors)")
    }
    #expect(try roster("policy", "show", "--store", "memory").status == .exited(2))
  }

  @Test("A damaged policy makes calls fail and doctor report it, and can be replaced")
  func damaged() throws {
    let store = try Self.store()
    let policy = try store.folder.write("policy.json", Self.reader)
    #expect(try roster("policy", "set", policy, "--store", store.store).status == .exited(0))
    try sqlite(
      store, "UPDATE store_settings SET value = replace(value, 'all', 'self') WHERE name = 'policy'"
    )
    #expect(try serve(store).text.contains(#""reason":"corrupt""#))
    let doctor = try roster("doctor", "--store", store.store)
    #expect(doctor.status == .exited(1) && doctor.text.contains("FAIL  policy"))
    #expect(try roster("policy", "set", policy, "--store", store.store).status == .exited(0))
    #expect(try serve(store).text.contains(#""result":2"#))
  }

  @Test("An import uses the policy of the store")
  func imports() throws {
    let store = try StoreFolder()
    let policy = try store.folder.write("policy.json", Self.reader)
    let row = Array(#"{"email":"bo@example.com","name":"Bo","roles":["reader"]}"#.utf8)
    let before = try roster("import", "-", "--store", store.store, input: row)
    #expect(before.errors.contains("column org_id"))
    #expect(try roster("policy", "set", policy, "--store", store.store).status == .exited(0))
    let after = try roster("import", "-", "--store", store.store, input: row)
    #expect(after.text == #"{"imported":1,"skipped":0,"failed":0}"# + "\n")
  }

  // MARK: Rows outside the scope

  @Test("A row outside the scope is not decoded, and is invisible even if it is damaged")
  func outside() throws {
    let store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme")
    try store.add("di@example.com", "org_id=beta")
    let made = try roster(
      "token", "create", "--name", "t", "--user", "di@example.com", "--store", store.store, "--as",
      StoreFolder.owner)
    #expect(made.status == .exited(0))
    try sqlite(
      store, "UPDATE users SET record = CAST(record || 'X' AS BLOB) WHERE organization_id = 'beta'")
    try sqlite(store, "UPDATE tokens SET name = 'X'")
    let token = try sqliteText(
      store,
      "SELECT json_extract(changes, '$.token_id.after') FROM events WHERE type = 9")
    let acme = try store.serve(as: StoreFolder.owner, "--org", "acme")
    for call in [
      ("users.get", #"["di@example.com"]"#, #""result":null"#),
      ("users.count", "{}", #""result":1"#),
      ("users.list", #"{"fields":["email"]}"#, #"[{"email":"bo@example.com"}]"#),
      ("users.update", #"{"user_id":"di@example.com","name":"D"}"#, #""code":404"#),
      ("users.delete", #"["di@example.com"]"#, #""code":404"#),
      ("users.revoke_token", "[\"\(token)\"]", #""code":404"#),
      ("users.list_tokens", #"["di@example.com"]"#, #""code":404"#),
    ] {
      let answer = try acme.call(call.0, call.1)
      #expect(answer.contains(call.2), "\(call.0): \(answer)")
    }
    let all = try store.serve()
    #expect(try all.call("users.get", #"["di@example.com"]"#).contains(#""reason":"corrupt""#))
  }

  private func sqlite(_ store: StoreFolder, _ sql: String) throws {
    _ = try sqliteText(store, sql)
  }

  private func sqliteText(_ store: StoreFolder, _ sql: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/sqlite3")
    process.arguments = [store.folder.file("users.db"), sql]
    let output = Foundation.Pipe()
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
