import Contract
import Server
import Testing
import UserMethods
import Users

/// Entries of a bulk are authorized one by one, each with the outcome of its method called alone.
@Suite struct BulkMatrix {
  private static let methods = descriptions.map(\.name.description)
  private static let descriptions = ServerCatalog.descriptions

  /// The methods that a bulk accepts: those that need a capability and change something.
  private static let bulkable = descriptions.filter {
    $0.effect != .read && !$0.access.capabilities.isEmpty
  }.map(\.name.description)

  private static let names = Question.all.filter { bulkable.contains($0.method) }.map(\.name)

  private static func bulk(_ method: String, _ params: String) -> String {
    "{\"operations\":[{\"method\":\"\(method)\",\"params\":\(params)}]}"
  }

  @Test(
    "A bulk refuses exactly the entries that are refused when called alone",
    arguments: names, Caller.allCases)
  func entries(name: String, caller: Caller) throws {
    let question = try #require(Question.named(name))
    let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
    for (target, _) in MatrixRows.cells(of: name, caller) {
      func ask(_ ask: (Client, String) -> Reply) throws -> Reply {
        let directory = try Directory(caller, question.setup, catalog: catalog)
        let asked = Asked(directory, target, .id)
        return ask(directory.client(caller), question.params(asked))
      }
      let alone = try ask { $0.call(question.method, $1) }
      let bulk = try ask { $0.call("users.bulk", Self.bulk(question.method, $1)) }
      guard let results = bulk.resultText else {
        // The whole bulk is refused to callers that may use none of its methods.
        #expect([401, 403].contains(alone.code) && alone.code == bulk.code, "\(alone) \(bulk)")
        continue
      }
      if let error = alone.errorText {
        #expect(results == "{\"committed\":true,\"results\":[{\"error\":\(error)}]}")
      } else {
        #expect(results.hasPrefix("{\"committed\":true,\"results\":[{\"result\":"), "\(bulk)")
      }
    }
  }

  @Test("A bulk rejects methods that only read or need no capability", arguments: methods)
  func taken(method: String) throws {
    let client = try Directory(.owner).client(.owner)
    let results = client.call("users.bulk", Self.bulk(method, "{}")).list("result.results")
    let error = results.first?["error"] as? [String: Any]
    #expect((error?["code"] as? Int == -32601) == !Self.bulkable.contains(method))
  }

  @Test("A refused entry rolls back a whole atomic bulk") func atomic() throws {
    let directory = try Directory(.helpdesk)
    let before = directory.client(.helpdesk).call("users.get", #"{"user_id":"peer@acme.com"}"#)
    let reply = directory.client(.helpdesk).call(
      "users.bulk",
      """
      {"atomic":true,"operations":[
      {"method":"users.update","params":{"user_id":"peer@acme.com","company":"New"}},
      {"method":"users.update","params":{"user_id":"peer@acme.com","roles":["admin"]}}]}
      """)
    #expect(reply["result.committed"] as? Bool == false)
    let errors = reply.list("result.results").compactMap { $0["error"] as? [String: Any] }
    #expect(errors.map { $0["code"] as? Int } == [412, 403])
    let after = directory.client(.helpdesk).call("users.get", #"{"user_id":"peer@acme.com"}"#)
    #expect(before == after)
  }

  @Test("A bulk that revokes its own token refuses its later entries") func ownToken() throws {
    let directory = try Directory(.session)
    let secret = directory.addToken(150, of: Target.own.id, .api)
    let reply = directory.client(secret).call(
      "users.bulk",
      """
      {"operations":[
      {"method":"users.revoke_token","params":{"token_id":"\(Directory.id(150).text)"}},
      {"method":"users.update","params":{"user_id":"peer@acme.com","company":"New"}}]}
      """)
    let results = reply.list("result.results")
    #expect(results.first?["result"] as? Bool == true)
    #expect((results.last?["error"] as? [String: Any])?["code"] as? Int == 401)
    let peer = directory.client(.session).call("users.get", #"{"user_id":"peer@acme.com"}"#)
    #expect(peer.isDone && peer.string("result.company").isEmpty)
  }
}
