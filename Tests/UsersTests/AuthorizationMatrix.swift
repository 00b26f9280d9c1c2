import Contract
import Server
import Testing
import UserMethods
import Users

/// The outcome of a call.
enum Verdict: Character {
  /// The call succeeds.
  case done = "d"
  /// 401: the caller is not authenticated.
  case unauthenticated = "u"
  /// 403.
  case denied = "x"
  /// The target is invisible to the caller: null, an empty list, 0, 404 or 401 invalid_credentials.
  case hidden = "h"
  /// 412.
  case precondition = "p"

  init?(_ reply: Reply) {
    let nothing = ["null", "0", "{\"users\":[]", "{\"events\":[]"]
    if let result = reply.resultText {
      self = nothing.contains { result.hasPrefix($0) } ? .hidden : .done
      return
    }
    switch reply.code {
    case 401: self = reply.reason == "invalid_credentials" ? .hidden : .unauthenticated
    case 403: self = .denied
    case 404: self = .hidden
    case 412: self = .precondition
    default: return nil
    }
  }
}

/// The matrix is generated from the catalogue, the callers and the targets. A method without a row
/// fails, and so does a row without one of the callers or targets.
@Suite struct AuthorizationMatrix {
  static let methods = ServerCatalog.descriptions.map(\.name.description)
  static let names = Question.all.map(\.name)

  @Test("Every method has a row, and every row covers every caller and target")
  func nothingIsMissing() {
    #expect(Set(Question.all.map(\.method)) == Set(Self.methods))
    #expect(Set(Self.names).count == Self.names.count)
    #expect(Set(MatrixRows.rows.keys) == Set(Self.names))
    for (name, row) in MatrixRows.rows {
      for caller in Caller.allCases {
        let letters = row[caller] ?? ""
        #expect(letters.count == Target.allCases.count, "\(name) for \(caller)")
        #expect(letters.allSatisfy { $0 == "-" || Verdict(rawValue: $0) != nil }, "\(letters)")
      }
    }
  }

  @Test("Every call has the outcome in the matrix", arguments: names, Caller.allCases)
  func matrix(name: String, caller: Caller) throws {
    let question = try #require(Question.named(name))
    let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
    for (target, letter) in MatrixRows.cells(of: name, caller) {
      for reference in question.references {
        let directory = try Directory(caller, question.setup, catalog: catalog)
        let reply = directory.ask(question, caller, target, reference)
        #expect(Verdict(reply)?.rawValue == letter, "\(name) of \(target): \(reply)")
      }
    }
  }

  /// A difference between foreign, deleted and absent targets would reveal which accounts exist.
  @Test(
    "Replies with the same outcome are identical for foreign, deleted and absent targets",
    arguments: names, Caller.allCases)
  func noOracle(name: String, caller: Caller) throws {
    let question = try #require(Question.named(name))
    let outside: [Target] = [.foreign, .deleted, .absent]
    let refused = MatrixRows.cells(of: name, caller).filter {
      outside.contains($0.target) && $0.letter != "d"
    }
    // A visible target is refused with another reply than an invisible one.
    for (letter, cells) in Dictionary(grouping: refused, by: \.letter) {
      let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
      var replies: Set<String> = []
      for (target, _) in cells {
        for reference in question.references {
          let directory = try Directory(caller, question.setup, catalog: catalog)
          // The number of events and the feed's id may differ.
          let text = directory.ask(question, caller, target, reference).text
          replies.insert(
            text.replacing(/"next":\d+/, with: "next").replacing(/"feed_id":"\w+"/, with: "feed"))
        }
      }
      #expect(replies.count == 1, "\(name), \(letter): \(replies)")
    }
  }

  @Test(
    "rpc.discover marks the methods that the matrix allows a caller", arguments: Caller.allCases)
  func discovery(caller: Caller) throws {
    let document = try Directory(caller).client(caller).call("rpc.discover")
    for method in document.list("result.methods") {
      let name = method["name"] as? String ?? ""
      let letters = MatrixRows.rows.filter { Question.named($0.key)?.method == name }
        .compactMap { $0.value[caller] }.joined()
      let isAllowed = letters.contains { $0 == "d" || $0 == "h" || $0 == "p" }
      #expect(method["x-allowed"] as? Bool == isAllowed, "\(name)")
    }
  }

  @Test("A missing capability is refused before the params are validated")
  func refusedFirst() throws {
    let reply = try Directory(.member).client(.member).call("users.update", #"{"nonsense":1}"#)
    #expect(reply.outcome == "403 users.update")
  }
}

extension Directory {
  /// Asks `question` about `target` as `caller`.
  func ask(
    _ question: Question, _ caller: Caller, _ target: Target, _ reference: Reference
  ) -> Reply {
    let asked = Asked(directory: self, target: target, reference: reference)
    return client(caller).call(question.method, question.params(asked))
  }
}
