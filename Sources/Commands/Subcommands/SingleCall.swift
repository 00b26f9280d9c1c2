import Contract
import JSON
import Server
import UserMethods
import Users

/// One request without input and output streams.
struct SingleCall<Store: UserStore>: ~Copyable {
  private let catalog: Catalog<StoreAccessControl<Store>> = ServerCatalog.make()
  private var session: Session<Store>

  init(control: StoreAccessControl<Store>, store: Store, deliver: Postman? = nil) {
    session = Session(
      control: control, store: store, catalog: catalog, deliver: deliver,
      methodPrefix: "roster call ")
  }

  func params(of method: String) -> [Field] {
    catalog.descriptions.first { $0.name.description == method }?.params ?? []
  }

  /// Calls a method with params in JSON, and passes the result to `show` after the commit.
  mutating func run(
    _ method: String, _ params: String, _ show: (JSONValue) throws -> Void
  ) throws {
    var request = ByteBuffer()
    request.append("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":")
    request.write(method)
    request.append(",\"params\":")
    request.append(text: params)
    request.append("}")
    var reply = ByteBuffer()
    session.beginTransaction()
    session.answer(request.bytes, into: &reply)
    var failure = session.endTransaction(into: &reply)
    if failure?.handling == .anew {
      reply.truncate(to: 0)
      session.beginTransaction(.again(refusingWrites: nil))
      session.answer(request.bytes, into: &reply)
      failure = session.endTransaction(into: &reply)
    }
    if let failure {
      throw CommandError(
        "\(failure.message) (\(failure.word))", "\(failure.hint.text)",
        isPassing: failure.isStorage && failure.isRetryable)
    }
    _ = session.recordTokenUse()
    var parser = JSONParser()
    let value = try parser.parse(reply.bytes)
    if let error = value.field("error") { throw Self.refusal(error) }
    if let result = value.field("result") { try show(result) }
  }

  /// The error for a person: each problem with the params, or the message with the word that
  /// programs see.
  static func refusal(_ error: JSONValue) -> CommandError {
    let data = error.field("data")
    let hint = data?.field("hint")?.string ?? ""
    let seconds = data?.field("retry_after_seconds")?.int
    let wait = seconds.map { Notice("Wait \($0) seconds.") }
    let problems = data?.field("errors")?.elements.map { problem -> Notice in
      let pointer = problem.field("pointer")?.string ?? ""
      let message = problem.field("message")?.string ?? ""
      // `/email` is the param email.
      return "  \(pointer.isEmpty ? "params" : pointer.behind("/") ?? pointer): \(message)"
    }
    guard let problems else {
      let message = error.field("message")?.string ?? "failed"
      let isOfStore = error.field("code")?.int == Failure.Kind.storageUnavailable.code
      return CommandError(
        "\(message) (\(error.word))", wait ?? .lines(hint),
        isPassing: isOfStore && data?.field("retryable")?.bool == true)
    }
    let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
    return CommandError("The params have \(count):", .lines(problems))
  }
}
