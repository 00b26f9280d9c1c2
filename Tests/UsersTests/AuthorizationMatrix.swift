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

  @Test("Every call has the outcome in the matrix", arguments: names, StoreKind.allCases)
  func matrix(name: String, kind: StoreKind) throws {
    let question = try #require(Question.named(name))
    try kind.withStores { try ask(question, $0) }
  }

  private func ask(_ question: Question, _ stores: some StoreSource) throws {
    let sheet = MatrixSheet(stores, question)
    for caller in Caller.allCases { try sheet.ask(caller) }
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

/// One question to one store, in a new directory for each cell.
private struct MatrixSheet<Stores: StoreSource> {
  private let stores: Stores
  private let question: Question
  private let catalog: Catalog<StoreAccessControl<Stores.Store>> = ServerCatalog.make()

  init(_ stores: Stores, _ question: Question) {
    self.stores = stores
    self.question = question
  }

  /// Asks about all targets. A difference between foreign, deleted and absent targets would reveal
  /// which accounts exist, so their refusals with the same outcome must be identical.
  func ask(_ caller: Caller) throws {
    var refusals: [Character: Set<String>] = [:]
    for (target, letter) in MatrixRows.cells(of: question.name, caller) {
      for reference in question.references {
        let reply = try ask(caller, target, reference)
        #expect(
          Verdict(reply)?.rawValue == letter, "\(question.name) of \(target) by \(caller): \(reply)"
        )
        if letter == "d" || ![.foreign, .deleted, .absent].contains(target) { continue }
        // The number of events and the feed's id may differ.
        refusals[letter, default: []].insert(
          reply.text.replacing(/"next":\d+/, with: "next")
            .replacing(/"feed_id":"\w+"/, with: "feed"))
      }
    }
    // A visible target is refused with another reply than an invisible one.
    for (letter, replies) in refusals {
      #expect(replies.count == 1, "\(question.name), \(letter), by \(caller): \(replies)")
    }
  }

  private func ask(
    _ caller: Caller, _ target: Target, _ reference: Reference
  ) throws -> Reply {
    let directory = try StoreDirectory(stores.next(), caller, question.setup, catalog: catalog)
    let asked = Asked(directory, target, reference)
    return directory.client(caller).call(question.method, question.params(asked))
  }
}
