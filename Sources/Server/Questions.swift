internal import Contract
internal import JSON
internal import JSONRPC
internal import MCP
internal import UserMethods
internal import Users

/// The calls that wait for a person. They hold no transaction: a call runs anew after its answer,
/// with the rights and the accounts of that time.
struct Questions {
  static let countMax = 16

  private(set) var waiting: [Question] = []
  private var askedCount = 0

  var isEmpty: Bool { waiting.isEmpty }

  /// Adds a question about `call`, a request.
  mutating func add(
    _ text: String, _ agreement: Agreement, about call: Message
  ) throws(Failure) -> Question {
    guard case .request(let id, let method, let params) = call else { throw .internalError }
    if waiting.count >= Self.countMax { throw .tooManyQuestions(waiting.count) }
    askedCount += 1
    var compact = ByteBuffer(capacity: 256)
    compact.append(compact: id, method, params)
    let question = Question(
      id: "roster-\(askedCount)", call: Array(compact.bytes), callID: Array(id.text), text: text,
      agreement: agreement, endMs: Stopwatch.withSleepMs + Consent.msMax)
    waiting.append(question)
    return question
  }

  /// The question that a response answers.
  func answered(by id: JSONValue?) -> Question? {
    guard let id = id?.string else { return nil }
    return waiting.first { $0.id == id }
  }

  mutating func remove(_ id: String) { waiting.removeAll { $0.id == id } }

  /// Removes and returns the question about the request that `params` cancel.
  mutating func cancel(_ params: JSONValue?) -> Question? {
    guard let id = params?.field("requestId") else { return nil }
    let at = waiting.firstIndex { $0.callID.elementsEqual(id.text) }
    return at.map { waiting.remove(at: $0) }
  }

  /// Removes and returns the overdue questions.
  mutating func takeOverdue(_ nowMs: Int) -> [Question] {
    let overdue = waiting.filter { $0.endMs <= nowMs }
    waiting.removeAll { $0.endMs <= nowMs }
    return overdue
  }
}
