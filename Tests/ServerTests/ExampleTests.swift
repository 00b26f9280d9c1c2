import JSON
import TestSupport
import Testing

/// The examples of `rpc.discover`'s document are one story, in the order of the catalogue. It is
/// told to a live server from the first to the last, and every answer has to be the example's.
@Suite struct ExampleTests {
  typealias Store = TranscriptRunner.Store

  /// How params are sent.
  enum Structure: CaseIterable { case byName, byPosition }

  private static let caller = "ada@acme.example"

  /// What is there when the story begins: methods and params.
  private static let scenario = [
    ("users.update", #"{"user_id":"ada@acme.example","name":"Ada Okafor"}"#),
    (
      "users.create",
      #"{"email":"bo@acme.example","name":"Bo Lindqvist","org_id":"acme","job_title":"Support","#
        + #""email_verified":true}"#
    ),
    (
      "users.create",
      #"{"email":"mara@acme.example","name":"Mara Silva","org_id":"acme","#
        + #""metadata":{"locale":"pt-BR"}}"#
    ),
  ]

  @Test(
    "Every method has examples, and a live server answers as they say",
    arguments: Store.allCases, Structure.allCases)
  func replay(store: Store, structure: Structure) throws {
    let folder = try TemporaryFolder()
    let server = try start(store, folder)
    for (method, params) in Self.scenario {
      let answer = try server.call(method, params)
      #expect(answer.hasPrefix(#""result":"#), "\(method): \(answer)")
    }
    try ParsedText("{\(server.call("rpc.discover"))}").read { document in
      let file = store == .file ? "file:" + folder.file("users.db") : nil
      try tell(document.field("result")?.field("methods"), to: server, file, structure)
    }
    server.closeInput()
    #expect(try server.waitForExit() == .exited(0))
  }

  private func tell(
    _ methods: JSONValue?, to server: RosterProcess, _ file: String?, _ structure: Structure
  ) throws {
    var comparison = ExampleComparison()
    for method in methods?.elements.map({ $0 }) ?? [] {
      let name = method.field("name")?.string ?? ""
      let examples = method.field("examples")?.elements.map { $0 } ?? []
      #expect(!examples.isEmpty, "\(name) has no example")
      for example in examples {
        let params = try comparison.params(of: example, for: method, structure)
        guard let answer = try answer(name, params, server, file, comparison) else { continue }
        let differences = try ParsedText("{\(answer)}").read {
          comparison.differences(of: $0, from: example)
        }
        let title = "\(name), \(example.field("name")?.string ?? "")"
        for difference in differences { Issue.record("\(title): \(difference)\nsent: \(params)") }
      }
    }
    #expect(comparison.count > 20)
  }

  /// Signing out takes a caller who came with a session, and so another process on the store; nil where the
  /// store is one process's own.
  private func answer(
    _ name: String, _ params: String, _ server: RosterProcess, _ file: String?,
    _ comparison: ExampleComparison
  ) throws -> String? {
    if name != "users.sign_out" { return try server.call(name, params) }
    guard let file else { return nil }
    let token = try #require(comparison.own("roster_SessionOfKim"))
    let other = try RosterProcess(
      ["serve", "--store", file], environment: ["ROSTER_TOKEN": token])
    defer { other.closeInput() }
    return try other.call(name, params)
  }

  private func start(_ store: Store, _ folder: TemporaryFolder) throws -> RosterProcess {
    guard store == .file else {
      return try RosterProcess(["serve", "--store", "memory", "--as", Self.caller])
    }
    let file = "file:" + folder.file("users.db")
    let made = try roster("init", "--store", file, "--owner", Self.caller)
    #expect(made.status == .exited(0), "\(made.errors)")
    return try RosterProcess(["serve", "--store", file, "--as", Self.caller])
  }
}

/// A JSON text and what it says.
final class ParsedText {
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private var parser = JSONParser()
  private let value: JSONValue

  init(_ text: String) throws {
    let utf8 = Array(text.utf8)
    bytes = .allocate(capacity: utf8.count)
    _ = bytes.update(fromContentsOf: utf8)
    value = try parser.parse(UnsafeBufferPointer(bytes))
  }

  deinit { bytes.deallocate() }

  /// Lends the value: it is valid as long as `body` runs.
  func read<R>(_ body: (JSONValue) throws -> R) rethrows -> R {
    try withExtendedLifetime(self) { try body(value) }
  }
}
