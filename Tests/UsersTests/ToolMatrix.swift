import Contract
import Server
import Testing
import UserMethods
import Users

/// A tool allows the same callers as its method, with the same outcome.
@Suite struct ToolMatrix {
  private static let descriptions = ServerCatalog.descriptions
  private static let tools = Set(
    descriptions.filter { $0.tool != nil }.map(\.name.description))

  /// The kind and reason at the end of the first line of a refusal; nil if the call was allowed.
  private static func refusal(_ reply: Reply) -> String? {
    guard reply["result.isError"] as? Bool == true else { return nil }
    let text = reply.list("result.content").first?["text"] as? String ?? ""
    return text.firstMatch(of: /\(([a-z_., ]+)\)/).map { String($0.1) }
  }

  @Test(
    "A tool refuses exactly the calls that its method refuses",
    arguments: Question.all.map(\.name), Caller.allCases)
  func calls(name: String, caller: Caller) throws {
    let question = try #require(Question.named(name))
    let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
    for (target, _) in MatrixRows.cells(of: name, caller) {
      func ask(_ ask: (Client, String) -> Reply) throws -> Reply {
        let directory = try Directory(caller, question.setup, catalog: catalog)
        let asked = Asked(directory, target, question.references[0])
        // Confirmations and the default mode of deletion differ, and have tests of their own.
        directory.isConfirming = false
        var params = question.params(asked)
        if question.name == "users.delete" {
          params = "{\"mode\":\"permanent\"," + params.dropFirst()
        }
        return ask(directory.client(caller), params)
      }
      let alone = try ask { $0.call(question.method, $1) }
      let call = try ask { $0.callTool(question.method, $1) }
      guard Self.tools.contains(question.method) else {
        #expect(call.code == -32602, "\(call)")
        continue
      }
      let reason = alone.reason.isEmpty ? "" : ", \(alone.reason)"
      var expected = alone.isDone ? nil : alone.string("error.data.kind") + reason
      // A tool creates no invitation without mail, because an agent does not get the secret.
      if alone.isDone, question.method == "users.invite", !caller.isMailing {
        expected = "failed_precondition, mail_needed"
      }
      #expect(Self.refusal(call) == expected, "\(alone) \(call)")
      if expected == nil { #expect(call.isDone && call["result.structuredContent"] != nil) }
    }
  }

  @Test("tools/list returns the tools that the matrix allows a caller", arguments: Caller.allCases)
  func lists(caller: Caller) throws {
    let reply = try Directory(caller).client(caller).call("tools/list")
    let listed = Set(reply.list("result.tools").compactMap { $0["name"] as? String })
    let allowed = Self.tools.filter { method in
      let letters = MatrixRows.rows.filter { Question.named($0.key)?.method == method }
        .compactMap { $0.value[caller] }.joined()
      return letters.contains { "dhp".contains($0) }
    }
    // A caller without a right to change needs no bulk, and without mail no tool can invite.
    let canWrite = Self.descriptions.contains {
      allowed.contains($0.name.description) && $0.effect != .read
        && !["users.bulk", "users.invite"].contains($0.name.description)
    }
    var needless: Set<String> = canWrite ? [] : ["users.bulk"]
    if !caller.isMailing { needless.insert("users.invite") }
    let expected = allowed.subtracting(needless)
    #expect(listed == Set(expected.map { $0.replacing(".", with: "_") }))
  }
}
