import Foundation
import TestSupport
import Testing

/// The command line of `roster`.
@Suite struct CommandLineTests {
  private static let commands = [
    "serve", "init", "call", "watch", "methods", "types", "import", "export", "token", "policy",
    "backup", "restore", "events",
    "doctor", "config", "openrpc", "help", "completions", "man",
  ]

  @Test("--version prints the version", arguments: ["--version", "-V"])
  func tellsItsVersion(_ word: String) throws {
    let result = try roster(word)
    #expect(result.status == .exited(0))
    #expect(result.text.wholeMatch(of: /roster [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
    #expect(result.errors.isEmpty)
  }

  @Test("Help names every command", arguments: ["--help", "-h", "help"])
  func helps(_ word: String) throws {
    let result = try roster(word)
    #expect(result.status == .exited(0))
    for command in Self.commands { #expect(result.text.contains("\n  \(command) ")) }
    #expect(result.errors.isEmpty)
  }

  @Test("Every command has its own help", arguments: commands, ["--help", "-h"])
  func helpsWithACommand(_ command: String, _ word: String) throws {
    let result = try roster(command, word)
    #expect(result.status == .exited(0))
    #expect(result.text.contains("usage: roster \(command)"))
    #expect(result.errors.isEmpty)
  }

  @Test("Help fits a terminal of 100 columns", arguments: commands)
  func helpIsNarrow(_ command: String) throws {
    for line in try roster(command, "--help").lines { #expect(line.count <= 100, "\(line)") }
  }

  @Test(
    "An invalid command line is a usage error: status 2, and nothing on standard output",
    arguments: [
      [], ["fly"], ["Serve"], ["--fly"], ["serve", "extra"], ["serve", "--fly"],
      ["serve", "--store"], ["serve", "--store", "disk"], ["serve", "--store", "file:"],
      ["serve", "--store", "memory", "--allow", "users.fly"],
      ["serve", "--store", "memory", "--deny", "read"],
      ["serve", "--store", "memory", "--org", ""],
      ["serve", "--store", "memory", "--as=", "ada@example.com"],
      ["serve", "--store", "memory", "--line-bytes-max", "10"],
      ["serve", "--store", "memory", "--line-bytes-max", "many"],
      ["serve", "--store", "memory", "--as", "nobody"], ["serve", "--owner", "a@b"], ["init"],
      ["init", "--owner"], ["init", "--owner", "nobody", "--store", "file:/nowhere/users.db"],
      ["init", "--owner", "a@b", "--store", "memory"], ["call"],
      ["call", "server.info", "limit", "--store", "memory"],
      ["call", "users.count", "{", "--store", "memory"],
      ["call", "users.count", "[1,]", "--store", "memory"], ["import"],
      ["import", "a.jsonl", "b.jsonl"], ["import", "/dev/null", "--format", "xml"],
      ["export", "x"],
      ["export", "--format", "xml"], ["serve"], ["backup", "--store", "file:/nowhere/users.db"],
      ["backup", "a.db", "b.db", "--store", "file:/nowhere/users.db"],
      ["backup", "", "--store", "file:/nowhere/users.db"],
      ["backup", "a.db", "--store", "memory"], ["backup", "a.db", "--json"],
      ["doctor", "x", "--store", "file:/nowhere/users.db"], ["doctor", "--store", "memory"],
      ["doctor", "--json=yes", "--store", "file:/nowhere/users.db"], ["config"],
      ["config", "notepad", "--store", "memory"], ["config", "emacs", "vscode"],
      ["config", "emacs"], ["config", "emacs", "--store", "memory", "--token-fd", "3"],
      ["help", "fly"], ["help", "serve", "call"], ["completions"], ["completions", "tcsh"],
      ["man", "serve"], ["token"], ["token", "fly", "--store", "memory"],
      ["token", "create", "--store", "memory"], ["token", "revoke", "--store", "memory"],
      ["policy", "set"], ["policy", "show", "x"], ["events"], ["events", "prune"],
      ["init", "x", "--owner", "a@b", "--store", "file:/nowhere/users.db"], ["openrpc", "x"],
    ])
  func refusesNonsense(_ words: [String]) throws {
    let result = try roster(words)
    #expect(result.output.isEmpty)
    #expect(result.status == .exited(2))
    #expect(result.errors.hasPrefix("roster: "))
    #expect(result.errors.contains("--help"))
  }

  @Test("A misspelled option gets a suggestion")
  func suggestsOptions() throws {
    #expect(try roster("serve", "--stor", "memory").errors.contains("--store"))
  }

  @Test("Options that editors add are accepted")
  func takesEditorsOptions() throws {
    let words = ["serve", "--stdio", "--clientProcessId=1", "--store=memory", "--as=a@b"]
    let server = try RosterProcess(words)
    #expect(try server.call("users.count") == #""result":1"#)
  }

  @Test("A server or a call as an unknown account is refused")
  func needsTheCaller() throws {
    let store = try StoreFolder()
    for words in [["serve"], ["call", "users.count"]] {
      let result = try roster(words + ["--store", store.store, "--as", "eve@example.com"])
      #expect(result.output.isEmpty)
      #expect(result.status == .exited(1))
      #expect(result.errors.contains("eve@example.com"))
    }
  }

  // MARK: init

  @Test("init makes a store that only its owner can read, and refuses to make it again")
  func initsOnce() throws {
    let store = try StoreFolder()
    var facts = stat()
    for name in try store.folder.names() {
      #expect(stat(store.folder.file(name), &facts) == 0)
      #expect(facts.st_mode & 0o777 == 0o600, "\(name)")
    }
    let before = try store.folder.bytes("users.db")
    let again = try roster("init", "--store", store.store, "--owner", "eve@example.com")
    #expect(again.status == .exited(1))
    #expect(again.errors.contains("is already a store, and was not changed"))
    #expect(try store.folder.bytes("users.db") == before)
  }

  @Test("Without --store, init makes the store in the data folder, and creates the folder")
  func initsInTheDataFolder() throws {
    let folder = try TemporaryFolder()
    for (name, end) in [("XDG_DATA_HOME", ""), ("HOME", "/.local/share")] {
      let environment = [name: folder.file(name)]
      let made = try roster(
        "init", "--owner", "ada@example.com", "--name", "Ada L", environment: environment)
      #expect(made.status == .exited(0), "\(made.errors)")
      let path = folder.file(name) + end + "/roster/users.db"
      #expect(FileManager.default.fileExists(atPath: path))
      let all = try roster("export", environment: environment)
      #expect(all.text.contains(#""email":"ada@example.com","name":"Ada L""#))
    }
  }

  @Test("init does not create the folder of a named store")
  func needsTheFolder() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("no/users.db")
    let made = try roster("init", "--store", "file:" + path, "--owner", "a@example.com")
    #expect(made.status == .exited(1))
    #expect(made.errors.contains(path))
    #expect(try folder.names().isEmpty)
  }

  // MARK: call

  @Test("call prints the result and exits with 0")
  func calls() throws {
    let store = try StoreFolder()
    let made = try call(
      store, "users.create", "email=bo@example.com", "name=123", "org_id=acme", "is_active=true",
      #"metadata={"a":1.50}"#, #"roles=["member","x"]"#)
    #expect(made.status == .exited(0), "\(made.errors)")
    #expect(made.text.contains(#""name":"123","#))
    #expect(made.text.contains(#""metadata":{"a":1.50}"#))
    #expect(made.text.contains(#""roles":["member","x"]"#))
    #expect(try call(store, "users.count").text == "2\n")
    #expect(try call(store, "users.count", #"{"org_id":"acme"}"#).text == "1\n")
    #expect(try call(store, "users.count", #"["acme"]"#).text == "1\n")
    #expect(try call(store, "users.get", "user_id=nobody@example.com").text == "null\n")
    let page = try call(store, "users.list", "limit=1", #"fields=["name"]"#, "sort_order=desc")
    #expect(page.text.hasPrefix(#"{"users":[{"name":"123"}],"has_more":true,"#))
    #expect(try call(store, "users.delete", "user_id=bo@example.com").text == "true\n")
    #expect(try call(store, "users.count").text == "1\n")
  }

  @Test("call reads params from standard input")
  func callsWithInput() throws {
    let store = try StoreFolder()
    let words = ["call", "users.count", "-", "--store", store.store, "--as", StoreFolder.owner]
    let input = Array("{\n  \"email\": \"ada@example.com\"\n}\n".utf8)
    let result = try roster(words, input: input)
    #expect(result.text == "1\n")
    #expect(result.status == .exited(0))
  }

  @Test(
    "A refused call exits with 1, says why on standard error, and prints nothing",
    arguments: [
      (["users.get"], "user_id: is required"), (["users.list", "limit=0"], "limit: must be"),
      (["users.delete", "user_id=ada@example.com"], "own"),
      (["users.delete", "user_id=x@y"], "no such user"),
      (["users.create", "email=b@c", "name=B", "org_id=o", "--read-only"], "users.create"),
      (["users.list", "--deny", "users.read"], "users.read"),
    ])
  func tellsRefusals(_ words: [String], _ part: String) throws {
    let store = try StoreFolder()
    let result = try call(store, words)
    #expect(result.status == .exited(1))
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(part), "\(result.errors)")
  }

  @Test("A call without a caller is refused, except for open methods")
  func callsAnonymously() throws {
    #expect(try roster("call", "users.count", "--store", "memory").status == .exited(1))
    let info = try roster("call", "server.info", "--store", "memory")
    #expect(info.status == .exited(0))
    #expect(info.text.hasPrefix(#"{"name":"roster","#))
  }

  @Test("openrpc prints the same methods and components as rpc.discover returns")
  func printsTheDocument() throws {
    let printed = try roster("openrpc")
    #expect(printed.status == .exited(0))
    let document = try JSONSerialization.jsonObject(with: Data(printed.output)) as? NSDictionary
    let server = try RosterProcess(["serve", "--store", "memory"])
    let reply = try server.ask(#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#)
    let value = try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? NSDictionary
    let answered = value?["result"] as? NSDictionary
    #expect(names(of: document) == names(of: answered))
    #expect(names(of: document).contains("users.list"))
    #expect(document?["components"] as? NSDictionary == answered?["components"] as? NSDictionary)
  }

  private func names(of document: NSDictionary?) -> [String] {
    (document?["methods"] as? [NSDictionary])?.compactMap { $0["name"] as? String } ?? []
  }

  private func call(_ store: StoreFolder, _ words: String...) throws -> CommandResult {
    try call(store, words)
  }

  private func call(_ store: StoreFolder, _ words: [String]) throws -> CommandResult {
    try roster(["call"] + words + ["--store", store.store, "--as", StoreFolder.owner])
  }
}
