import Contract
import Server
import Testing
import UserMethods
import Users

/// Tools let in whom their methods let in: each meets what the method alone meets.
@Suite struct ToolMatrix {
  private static let descriptions = ServerCatalog.descriptions
  private static let tools = Set(
    descriptions.filter { $0.tool != nil }.map(\.name.description))

  /// The kind and reason that the text of a refused call ends its first line with.
  private static func refusal(_ reply: Reply) -> String? {
    guard reply["result.isError"] as? Bool == true else { return nil }
    let text = reply.list("result.content").first?["text"] as? String ?? ""
    return text.firstMatch(of: /\(([a-z_., ]+)\)/).map { String($0.1) }
  }

  @Test(
    "Whatever is refused to a caller is refused to their agent, and nothing else",
    arguments: Question.all.map(\.name), Caller.allCases)
  func calls(name: String, caller: Caller) throws {
    let question = try #require(Question.named(name))
    let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
    let tool = question.method.replacing(".", with: "_")
    for (target, _) in MatrixRows.cells(of: name, caller) {
      func ask(_ ask: (Client, String) -> Reply) throws -> Reply {
        let directory = try Directory(caller, question.setup, catalog: catalog)
        let asked = Asked(directory: directory, target: target, reference: question.references[0])
        // What has to be confirmed besides is another question, and so is what is deleted how.
        directory.isConfirming = false
        var params = question.params(asked)
        if question.name == "users.delete" {
          params = "{\"mode\":\"permanent\"," + params.dropFirst()
        }
        return ask(directory.client(caller), params)
      }
      let alone = try ask { $0.call(question.method, $1) }
      let call = try ask {
        $0.call("tools/call", "{\"name\":\"\(tool)\",\"arguments\":\($1)}")
      }
      guard Self.tools.contains(question.method) else {
        #expect(call.code == -32602, "\(call)")
        continue
      }
      let reason = alone.reason.isEmpty ? "" : ", \(alone.reason)"
      var expected = alone.isDone ? nil : alone.string("error.data.kind") + reason
      // What has no mail to go out with is not made for an agent.
      if alone.isDone, question.method == "users.invite", !caller.isMailing {
        expected = "failed_precondition, mail_needed"
      }
      #expect(Self.refusal(call) == expected, "\(alone) \(call)")
      if expected == nil { #expect(call.isDone && call["result.structuredContent"] != nil) }
    }
  }

  @Test("Callers are listed the tools that the matrix lets them use", arguments: Caller.allCases)
  func lists(caller: Caller) throws {
    let reply = try Directory(caller).client(caller).call("tools/list")
    let listed = Set(reply.list("result.tools").compactMap { $0["name"] as? String })
    let allowed = Self.tools.filter { method in
      let letters = MatrixRows.rows.filter { Question.named($0.key)?.method == method }
        .compactMap { $0.value[caller] }.joined()
      return letters.contains { "dhp".contains($0) }
    }
    // Nobody needs a bulk who may change nothing, and nobody is invited without mail.
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
