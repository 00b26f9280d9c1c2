import Foundation
import TestSupport
import Testing

/// What `tools/list` shows, by who asks and how the server was started.
@Suite struct ToolListTests {
  private static let reading = ["users_list", "users_count", "users_get", "users_get_current"]
  private static let writing = ["users_create", "users_update", "users_delete", "users_restore"]

  /// Words behind `serve`, and the tools in their order. `bo` is a member, `ada` the owner.
  static let rows: [(words: [String], tools: [String])] = [
    (["--as", "ada@example.com"], reading + writing + ["users_events", "users_bulk"]),
    (
      ["--as", "ada@example.com", "--mail", "sendmail:/bin/cat", "--mail-from", "r@example.com"],
      reading + writing + ["users_invite", "users_events", "users_bulk"]
    ),
    (["--as", "ada@example.com", "--read-only"], reading + ["users_events"]),
    (
      ["--as", "ada@example.com", "--org", "acme"],
      reading + writing + ["users_events", "users_bulk"]
    ),
    (
      ["--as", "ada@example.com", "--deny", "users.delete,users.purge,users.events"],
      reading + ["users_create", "users_update", "users_bulk"]
    ),
    (
      ["--as", "ada@example.com", "--allow", "users.read,users.purge"],
      reading + ["users_delete", "users_bulk"]
    ),
    (["--as", "ada@example.com", "--tools", "users_get,users_bulk"], ["users_get"]),
    (
      ["--as", "ada@example.com", "--tools", "users.update,users_bulk"],
      ["users_update", "users_bulk"]
    ),
    (["--as", "bo@example.com"], reading),
  ]

  /// A store of ada, who owns it, and bo.
  private static func store(_ folder: TemporaryFolder) throws -> String {
    let store = "file:" + folder.file("users.db")
    for words in [
      ["init", "--store", store, "--owner", "ada@example.com"],
      [
        "call", "users.create", "email=bo@example.com", "name=Bo", "org_id=acme", "--store", store,
        "--as", "ada@example.com",
      ],
    ] {
      let result = try roster(words)
      guard result.status == .exited(0) else { throw TestFailure(result.errors) }
    }
    return store
  }

  private static func tools(_ words: [String], _ store: String) throws -> [[String: Any]] {
    let server = try RosterProcess(["serve", "--store", store] + words)
    let replies = try [
      server.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#),
      server.ask(#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}}"#),
    ]
    #expect(replies[0] == replies[1])
    let reply = try #require(
      JSONSerialization.jsonObject(with: Data(replies[0].utf8)) as? [String: Any])
    let result = try #require(reply["result"] as? [String: Any])
    #expect(result.count == 1)
    return try #require(result["tools"] as? [[String: Any]])
  }

  @Test("Callers are shown the tools that they may use, always in one order", arguments: rows)
  func showsWhatIsAllowed(_ row: (words: [String], tools: [String])) throws {
    let folder = try TemporaryFolder()
    let tools = try Self.tools(row.words, Self.store(folder))
    #expect(tools.compactMap { $0["name"] as? String } == row.tools)
  }

  @Test("Tools are as every host takes them, and hold no password and no token")
  func fitsAllHosts() throws {
    let folder = try TemporaryFolder()
    let words = Self.rows[1].words
    let hints = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]
    for tool in try Self.tools(words, Self.store(folder)) {
      let name = try #require(tool["name"] as? String)
      #expect(name.wholeMatch(of: /[a-z0-9_]{1,40}/) != nil)
      #expect((tool["description"] as? String)?.count ?? 999 < 400, "\(name)")
      let annotations = try #require(tool["annotations"] as? [String: Bool])
      #expect(annotations.keys.sorted() == hints.sorted())
      for schema in ["inputSchema", "outputSchema"] {
        let root = try #require(tool[schema] as? [String: Any])
        #expect(root["type"] as? String == "object")
        for word in ["oneOf", "anyOf", "allOf", "$ref"] { #expect(root[word] == nil, "\(name)") }
        let properties = try #require(root["properties"] as? [String: Any])
        let text = properties.keys.joined(separator: " ")
        for secret in ["password", "token", "one_time", "secret"] {
          #expect(!text.contains(secret), "\(name): \(text)")
        }
      }
    }
  }

  @Test("Reading tools say that they only read, and those that take something away that they do")
  func hintsAreTrue() throws {
    let folder = try TemporaryFolder()
    for tool in try Self.tools(Self.rows[1].words, Self.store(folder)) {
      let name = try #require(tool["name"] as? String)
      let annotations = try #require(tool["annotations"] as? [String: Bool])
      #expect(annotations["readOnlyHint"] == (Self.reading + ["users_events"]).contains(name))
      let takesAway = ["users_create", "users_update", "users_delete", "users_bulk"].contains(name)
      #expect(annotations["destructiveHint"] == takesAway, "\(name)")
    }
  }
}
