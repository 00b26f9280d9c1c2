import JSON
import JSONRPC
import Testing

/// The kind of message that a JSON value is.
@Suite struct MessageTests {
  /// A value, and its message as text: the id as it was spelled, the method, the kind of the params.
  @Test(
    "A value is a request, a notification, a response or invalid",
    arguments: [
      (#"{"jsonrpc":"2.0","id":1,"method":"m"}"#, "request 1 m -"),
      (#"{"jsonrpc":"2.0","id":"1","method":"m","params":{}}"#, "request \"1\" m object"),
      (#"{"jsonrpc":"2.0","id":1.0,"method":"m","params":[]}"#, "request 1.0 m array"),
      (#"{"jsonrpc":"2.0","id":null,"method":"m","params":null}"#, "request null m null"),
      (#"{"jsonrpc":"2.0","id":"\u0041","method":"m"}"#, #"request "\u0041" m -"#),
      (#"{"jsonrpc":"2.0","id":-1E9,"method":""}"#, "request -1E9  -"),
      (#"{"jsonrpc":"2.0","method":"m"}"#, "notification m -"),
      (#"{"jsonrpc":"2.0","method":"m","params":[1]}"#, "notification m array"),
      (#"{"jsonrpc":"2.0","id":1,"result":null}"#, "response"),
      (#"{"jsonrpc":"2.0","id":null,"error":{}}"#, "response"),
      (#"{"jsonrpc":"2.0","result":1}"#, "response"),
      // A method makes it a request, whatever other members it has.
      (#"{"jsonrpc":"2.0","id":1,"method":"m","result":1}"#, "request 1 m -"),
      ("1", "invalid -"), ("null", "invalid -"), ("\"m\"", "invalid -"), ("[]", "invalid -"),
      ("{}", "invalid -"), (#"{"foo":1}"#, "invalid -"),
      (#"{"id":1,"method":"m"}"#, "invalid 1"),
      (#"{"jsonrpc":"1.0","id":"x","method":"m"}"#, "invalid \"x\""),
      (#"{"jsonrpc":2.0,"id":1,"method":"m"}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"method":1}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":null,"method":null}"#, "invalid null"),
      (#"{"jsonrpc":"2.0","method":{}}"#, "invalid -"),
      (#"{"jsonrpc":"2.0","id":true,"method":"m"}"#, "invalid -"),
      (#"{"jsonrpc":"2.0","id":[1],"method":"m"}"#, "invalid -"),
      (#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, "invalid -"),
      (#"{"jsonrpc":"2.0","id":true,"result":1}"#, "invalid -"),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":1}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":"x"}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":true}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"id":1,"method":"m"}"#, "invalid -"),
      // An id that occurs once is kept, so that the sender gets a reply.
      (#"{"jsonrpc":"2.0","id":1,"method":"m","method":"m"}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","extra":1,"extra":1}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"m"}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"params":{}}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"i\u0064":1,"method":"m"}"#, "invalid -"),
      (#"{"jsonrpc":"2.0","id":1,"result":1,"result":1}"#, "invalid 1"),
      (#"{"jsonrpc":"2.0","id":1,"error":1,"error":1}"#, "invalid 1"),
      // Duplicate names within the params are not checked here.
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"a":1}}"#, "request 1 m object"),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","extra":{"id":2}}"#, "request 1 m -"),
      (#"{"JSONRPC":"2.0","ID":1,"METHOD":"m"}"#, "invalid -"),
    ])
  func classifies(_ text: String, _ expected: String) throws {
    var parser = JSONParser()
    let words = try Array(text.utf8).withUnsafeBufferPointer { bytes in
      self.words(Message(try parser.parse(bytes)))
    }
    #expect(words == expected)
  }

  private func words(_ message: Message) -> String {
    switch message {
    case .request(let id, let method, let params):
      "request \(text(id)) \(method.string ?? "?") \(params.map { "\($0.kind)" } ?? "-")"
    case .notification(let method, let params):
      "notification \(method.string ?? "?") \(params.map { "\($0.kind)" } ?? "-")"
    case .response: "response"
    case .invalid(let id, _): "invalid \(id.map { text($0) } ?? "-")"
    }
  }

  private func text(_ id: RequestID) -> String { String(decoding: id.text, as: UTF8.self) }

  @Test("A reply contains the id as the request spelled it")
  func repliesWithTheID() throws {
    let line = Array(#"{"jsonrpc":"2.0","id": "\u00e9" ,"method":"m"}"#.utf8)
    var parser = JSONParser()
    var out = ByteBuffer()
    try line.withUnsafeBufferPointer { bytes in
      guard case .request(let id, _, _) = Message(try parser.parse(bytes)) else { return }
      out.beginResult(id)
      out.append("true")
      out.endResult()
      out.append("\n")
      out.writeError(id, code: -32603, message: "a \"b\"") { $0.append("{}") }
      out.append("\n")
      out.writeError(nil, code: 413, message: "") { $0.append("null") }
    }
    #expect(
      out.string == #"""
        {"jsonrpc":"2.0","id":"\u00e9","result":true}
        {"jsonrpc":"2.0","id":"\u00e9","error":{"code":-32603,"message":"a \"b\"","data":{}}}
        {"jsonrpc":"2.0","id":null,"error":{"code":413,"message":"","data":null}}
        """#)
  }
}
