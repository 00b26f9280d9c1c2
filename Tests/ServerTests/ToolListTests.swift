import Foundation
import TestSupport
import Testing

/// The tools of `tools/list`, by caller and launch options.
@Suite struct ToolListTests {
  private static let reading = ["users_list", "users_count", "users_get", "users_get_current"]
  private static let writing = ["users_create", "users_update", "users_delete", "users_restore"]

  /// Arguments after `serve`, and the tools in order. `bo` is a member, `ada` the owner.
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

  /// A store with ada, its owner, and bo.
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

  @Test("tools/list returns the tools that the caller may use, in a fixed order", arguments: rows)
  func showsWhatIsAllowed(_ row: (words: [String], tools: [String])) throws {
    let folder = try TemporaryFolder()
    let tools = try Self.tools(row.words, Self.store(folder))
    #expect(tools.compactMap { $0["name"] as? String } == row.tools)
  }

  @Test("Tool schemas fit every host, and have no property for a password or a token")
  func fitsAllHosts() throws {
    let folder = try TemporaryFolder()
    let words = Self.rows[1].words
    let hints = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]
    for tool in try Self.tools(words, Self.store(folder)) {
      let name = try #require(tool["name"] as? String)
      #expect(name.wholeMatch(of: /[a-z0-9_]{1,40}/) != nil)
      let description = try #require(tool["description"] as? String)
      #expect(description.count < 400, "\(name)")
      let annotations = try #require(tool["annotations"] as? [String: Bool])
      #expect(annotations.keys.sorted() == hints.sorted())
      for schema in ["inputSchema", "outputSchema"] {
        let root = try #require(tool[schema] as? [String: Any])
        #expect(root["type"] as? String == "object")
        let properties = try #require(root["properties"] as? [String: Any])
        let text = properties.keys.joined(separator: " ")
        for secret in ["password", "token", "one_time", "secret"] {
          #expect(!text.contains(secret), "\(name): \(text)")
        }
        checkDialect(root, at: "\(name) \(schema)")
      }
    }
  }

  /// The keywords of the plainest schema dialect, which all clients accept, with a check of the value.
  private static let dialect: [String: @Sendable (Any) -> Bool] = [
    "type": { ["object", "array", "string", "boolean", "integer"].contains($0 as? String) },
    "description": { $0 is String }, "properties": { $0 is [String: Any] },
    "required": { $0 is [String] }, "items": { $0 is [String: Any] }, "enum": { $0 is [String] },
    "minimum": { $0 is Int }, "maximum": { $0 is Int },
    // Never a boolean and never empty: some clients treat an empty schema as false.
    "additionalProperties": { ($0 as? [String: Any])?.isEmpty == false },
  ]

  private func checkDialect(_ schema: [String: Any], at place: String) {
    for (name, value) in schema {
      #expect(Self.dialect[name]?(value) ?? false, "\(place): \(name) \(value)")
    }
    let properties = schema["properties"] as? [String: Any]
    let isFree = schema["additionalProperties"] != nil
    // An object declares its properties, or that it is free.
    let isObject = schema["type"] as? String == "object"
    #expect(isObject == (properties != nil || isFree) && !(properties != nil && isFree), "\(place)")
    for (name, value) in properties ?? [:] {
      guard let value = value as? [String: Any] else { continue }
      checkDialect(value, at: "\(place).\(name)")
    }
    if let items = schema["items"] as? [String: Any] { checkDialect(items, at: place + "[]") }
  }

  @Test("Descriptions use tool names, and users_bulk lists the methods that it accepts")
  func namesTools() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    let changing = [
      "users_create", "users_update", "users_delete", "users_restore", "users_invite",
    ]
    for (words, tools) in Self.rows {
      for tool in try Self.tools(words, store) {
        let input = try #require(tool["inputSchema"] as? [String: Any])
        let data = try JSONSerialization.data(withJSONObject: input["properties"] ?? [:])
        // Apart from the names that users_bulk accepts, the text has no method names.
        let text = String(decoding: data, as: UTF8.self).replacing(/"enum":\[[^\]]*\]/, with: "")
        let told = (tool["description"] as? String ?? "") + text
        #expect(told.firstMatch(of: /users\.[a-z]/) == nil, "\(told)")
        #expect(!told.contains("position"), "\(told)")
        guard tool["name"] as? String == "users_bulk" else { continue }
        let names = text.isEmpty ? [] : Self.bulkNames(input)
        let taken = changing.filter(tools.contains)
        let both = taken.flatMap { [$0.replacing("_", with: ".", maxReplacements: 1), $0] }
        #expect(names == both, "\(words)")
      }
    }
  }

  private static func bulkNames(_ input: [String: Any]) -> [String] {
    let path = ["properties", "operations", "items", "properties", "method"]
    let method = path.reduce(input as Any?) { ($0 as? [String: Any])?[$1] }
    return (method as? [String: Any])?["enum"] as? [String] ?? []
  }

  @Test("The tool list is short, and marks the tools whose results may be long")
  func isShort() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    for (words, bytesMax) in [(Self.rows[1].words, 16_000), (Self.rows[2].words, 8000)] {
      for params in ["{}", Self.modern] {
        let server = try RosterProcess(["serve", "--store", store] + words)
        let request = #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":\#(params)}"#
        let reply = try server.ask(request)
        #expect(reply.utf8.count <= bytesMax, "\(words)")
      }
    }
    for tool in try Self.tools(Self.rows[1].words, store) {
      let limit = (tool["_meta"] as? [String: Any])?["anthropic/maxResultSizeChars"] as? Int
      let isShort = ["users_count", "users_delete"].contains(tool["name"] as? String)
      #expect(limit == (isShort ? nil : 500_000))
    }
  }

  private static let modern =
    #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
    + #""io.modelcontextprotocol/clientCapabilities":{}}}"#

  @Test("A default page is short, and a longer one carries a size hint")
  func pagesAreShort() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    let root = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let sample = root.appending(path: "examples/users.jsonl").path(percentEncoded: false)
    let imported = try roster("import", sample, "--store", store)
    #expect(imported.status == .exited(0))
    let server = try RosterProcess(["serve", "--store", store, "--as", "ada@example.com"])
    func call(_ arguments: String, _ tool: String = "users_list") throws -> [String: Any] {
      let reply = try server.ask(
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"#
          + "{\"name\":\"\(tool)\",\"arguments\":\(arguments)}}")
      let object = try JSONSerialization.jsonObject(with: Data(reply.utf8)) as? [String: Any]
      var result = try #require(object?["result"] as? [String: Any])
      result["bytes"] = reply.utf8.count
      return result
    }
    let page = try call("{}")
    #expect(page["bytes"] as? Int ?? .max < 10_000)
    #expect(page["_meta"] == nil)
    for arguments in [#"{"limit":1000}"#, #"{"limit":201}"#, #"{"limit":200}"#] {
      let long = try call(arguments)
      let content = long["structuredContent"] as? [String: Any]
      #expect((content?["users"] as? [Any])?.count == 200)
      #expect(content?["limit"] as? Int == 200)
      let meta = long["_meta"] as? [String: Any]
      #expect(meta?["anthropic/maxResultSizeChars"] as? Int == 500_000)
    }
    let events = try call(#"{"limit":1000}"#, "users_events")["structuredContent"] as? [String: Any]
    #expect((events?["events"] as? [Any])?.count == 200)
    #expect(events?["has_more"] as? Bool == true)
    let record = (page["structuredContent"] as? [String: Any])?["users"] as? [[String: Any]]
    #expect(
      record?.first?.keys.sorted() == [
        "email", "id", "name", "organization_id", "roles", "status", "version",
      ])
  }

  @Test("readOnlyHint and destructiveHint match the effect of each tool")
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
