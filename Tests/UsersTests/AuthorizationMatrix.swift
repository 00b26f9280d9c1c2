import Contract
import Server
import Testing
import UserMethods
import Users

/// What a caller meets.
enum Verdict: Character {
  /// It is done.
  case done = "d"
  /// 401: nobody is calling.
  case unauthenticated = "u"
  /// 403.
  case denied = "x"
  /// The target is not there for this caller: null, none, 0, 404, or a password that opens nothing.
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

/// The matrix is generated from the catalogue, the callers and the targets: a method without a row
/// fails, and so does a row that leaves somebody out.
@Suite struct AuthorizationMatrix {
  static let methods = ServerCatalog.descriptions.map(\.name.description)
  static let names = Question.all.map(\.name)

  @Test("Every method has a row, and every row every caller and target") func nothingIsMissing() {
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

  @Test("Callers meet what the matrix says", arguments: names, Caller.allCases)
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

  /// Whatever tells foreign, deleted and absent apart would tell who is there.
  @Test(
    "What is refused is refused alike, whether the target is foreign, deleted or absent",
    arguments: names, Caller.allCases)
  func noOracle(name: String, caller: Caller) throws {
    let question = try #require(Question.named(name))
    let outside: [Target] = [.foreign, .deleted, .absent]
    let refused = MatrixRows.cells(of: name, caller).filter {
      outside.contains($0.target) && $0.letter != "d"
    }
    // A target that the caller may see is refused in other words than one that is not there.
    for (letter, cells) in Dictionary(grouping: refused, by: \.letter) {
      let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
      var replies: Set<String> = []
      for (target, _) in cells {
        for reference in question.references {
          let directory = try Directory(caller, question.setup, catalog: catalog)
          // How many events there are the feed may tell, and which feed it is.
          let text = directory.ask(question, caller, target, reference).text
          replies.insert(
            text.replacing(/"next":\d+/, with: "next").replacing(/"feed_id":"\w+"/, with: "feed"))
        }
      }
      #expect(replies.count == 1, "\(name), \(letter): \(replies)")
    }
  }

  @Test("rpc.discover marks what the matrix lets a caller do", arguments: Caller.allCases)
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

  @Test("A refused capability is refused before anything is looked up or validated")
  func refusedFirst() throws {
    let reply = try Directory(.member).client(.member).call("users.update", #"{"nonsense":1}"#)
    #expect(reply.outcome == "403 users.update")
  }
}

extension Directory {
  /// Asks `question` about `target`, for `caller`.
  func ask(
    _ question: Question, _ caller: Caller, _ target: Target, _ reference: Reference
  ) -> Reply {
    let asked = Asked(directory: self, target: target, reference: reference)
    return client(caller).call(question.method, question.params(asked))
  }
}
