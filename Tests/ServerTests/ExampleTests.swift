import JSON
import TestSupport
import Testing

/// The examples in the document of `rpc.discover` are one conversation, in the order of the
/// catalogue. A live server gets all of them in this order, and every reply must equal the
/// example's.
@Suite struct ExampleTests {
  typealias Store = TranscriptRunner.Store

  /// Whether params are sent by name or by position.
  enum Structure: CaseIterable { case byName, byPosition }

  private static let caller = "ada@acme.example"

  /// The calls that set up the store before the first example: methods and params.
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
    "Every method has examples, and a live server answers as they show",
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

  /// A sign-out needs a caller with a session token, and so another process on the store. Returns
  /// nil for a memory store, which belongs to one process.
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

/// A JSON text and its parsed value.
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

  /// The value is valid only while `body` runs.
  func read<R>(_ body: (JSONValue) throws -> R) rethrows -> R {
    try withExtendedLifetime(self) { try body(value) }
  }
}
