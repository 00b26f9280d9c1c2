import Contract
import Glibc
import JSON
import Server
import UserMethods
import Users

let callCommand = Command(
  name: "call", summary: "Call one method: key=value …, or a JSON object, or - to read one.",
  usage: """
    usage: roster call METHOD [key=value … | JSON | -] [--store …] [--as EMAIL-or-ID] …

      key=value           a param; numbers, true, false, null, lists and objects are read as JSON
      JSON                all params
      -                   all params, as JSON on standard input

    \(Help.store)
    \(Help.caller)
    \(Help.mail)

    Prints the result: a table on a terminal, JSON into a pipe.
    Exit status: 0 done, 1 refused or failed, 2 usage.
    """,
  options: ["--store"] + Help.callerOptions + Help.mailOptions
) { options in
  guard let method = options.words.first else { throw UsageError("call needs a method") }
  try withStore(options, Call(method: method, words: Array(options.words.dropFirst())))
}

private struct Call: StoreWork {
  let method: String
  let words: [String]

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(
      gate: try options.gate(for: store), store: store, deliver: try options.postman())
    let params = try ParamWords(fields: call.params(of: method)).json(words)
    try call.run(method, params) { result in
      if Terminal.isOutputForPeople, let table = Table(result) { return Terminal.say(table.text) }
      Terminal.say(Terminal.isOutputForPeople ? result.indented() : result.compact)
    }
  }
}

/// One request, without the pipe.
struct SingleCall<Store: UserStore>: ~Copyable {
  private let catalog: Catalog<Gate<Store>> = ServerCatalog.make()
  private var session: Session<Store>

  init(gate: Gate<Store>, store: Store, deliver: Postman? = nil) {
    session = Session(gate: gate, store: store, catalog: catalog, deliver: deliver)
  }

  func params(of method: String) -> [Field] {
    catalog.descriptions.first { $0.name.description == method }?.params ?? []
  }

  /// Calls a method with its params as JSON, and shows the result once it is kept.
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
    session.beginGroup()
    session.answer(request.bytes, into: &reply)
    var failure = session.endGroup(into: &reply)
    if failure?.handling == .anew {
      reply.truncate(to: 0)
      session.beginGroup(.again(refusingWrites: nil))
      session.answer(request.bytes, into: &reply)
      failure = session.endGroup(into: &reply)
    }
    if let failure { throw CommandError("\(failure.message)", "\(failure.hint.text)") }
    session.noteUse()
    var parser = JSONParser()
    let value = try parser.parse(reply.bytes)
    if let error = value.member("error") { throw Self.refusal(error) }
    if let result = value.member("result") { try show(result) }
  }

  private static func refusal(_ error: JSONValue) -> CommandError {
    let problems = error.member("data")?.member("errors")?.elements.map { problem -> Notice in
      let pointer = problem.member("pointer")?.string ?? ""
      let message = problem.member("message")?.string ?? ""
      return "  \(pointer.isEmpty ? "params" : pointer): \(message)"
    }
    let message = error.member("message")?.string ?? "failed"
    let hint = error.member("data")?.member("hint")?.string ?? ""
    return CommandError("\(message)", .lines((problems ?? []) + ["\(hint)"]))
  }
}

/// Params as words of a command line.
struct ParamWords {
  let fields: [Field]

  func json(_ words: [String]) throws -> String {
    guard let first = words.first else { return "{}" }
    if first == "-" { return try whole(Self.standardInput(), "standard input") }
    if words.count == 1, first.begins(with: "{") || first.begins(with: "[") {
      return try whole(first, "the argument")
    }
    var out = ByteBuffer()
    out.append("{")
    for word in words {
      let parts = word.parts(at: "=", countMax: 2)
      guard parts.count == 2 else { throw UsageError("\(word) is not of the form key=value") }
      out.member(parts[0])
      out.append(text: value(parts[1], of: parts[0]))
    }
    out.append("}")
    return out.string
  }

  /// Checks that it is JSON before it becomes part of a request.
  private func whole(_ text: String, _ source: String) throws -> String {
    var text = text
    do {
      return try text.withUTF8 { bytes in
        var parser = JSONParser()
        return try parser.parse(bytes).compact
      }
    } catch {
      throw UsageError("\(source) is not JSON: \(error)")
    }
  }

  /// A text stays text where the param is a text; elsewhere what reads as JSON is JSON.
  private func value(_ text: String, of name: String) -> String {
    let isText = fields.first { $0.name == name || $0.alias == name }?.shape.isText ?? false
    if let json = text.compactJSON, !isText || text == "null" { return json }
    var out = ByteBuffer()
    out.write(text)
    return out.string
  }

  private static func standardInput() throws -> String {
    try InputFile.read(STDIN_FILENO, "standard input", bytesMax: WireLimits().lineBytesMax)
  }
}

extension Shape {
  var isText: Bool {
    switch self {
    case .string, .words: true
    case .nullable(let shape), .secret(let shape): shape.isText
    default: false
    }
  }
}
