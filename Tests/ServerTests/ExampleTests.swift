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
    let document = try ParsedText("{\(server.call("rpc.discover"))}")
    var comparison = ExampleComparison()
    for method in document.value.member("result")?.member("methods")?.elements.map({ $0 }) ?? [] {
      let name = method.member("name")?.string ?? ""
      let examples = method.member("examples")?.elements.map { $0 } ?? []
      #expect(!examples.isEmpty, "\(name) has no example")
      for example in examples {
        let params = try comparison.params(of: example, for: method, structure)
        let answer = try ParsedText("{\(server.call(name, params))}")
        let title = "\(name), \(example.member("name")?.string ?? "")"
        for difference in comparison.differences(of: answer.value, from: example) {
          Issue.record("\(title): \(difference)\nsent: \(params)")
        }
      }
    }
    server.closeInput()
    #expect(try server.waitForExit() == .exited(0))
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
  let value: JSONValue

  init(_ text: String) throws {
    let utf8 = Array(text.utf8)
    bytes = .allocate(capacity: utf8.count)
    _ = bytes.update(fromContentsOf: utf8)
    value = try parser.parse(UnsafeBufferPointer(bytes))
  }

  deinit { bytes.deallocate() }
}
