import JSON
import JSONRPC
import Testing

/// Requests that are read by the shape of an earlier one.
@Suite struct RequestShapeTests {
  private static let compact = #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}"#
  private static let spaced = #" { "jsonrpc": "2.0", "id": 1, "method": "m", "params": {} }  "#
  private static let paramsFirst = #"{"method":"m","params":{},"jsonrpc":"2.0","id":1}"#
  private static let escapedName = #"{"jsonrpc":"2.0","i\u0064":1,"method":"m","params":{}}"#

  /// The request on `line`, by the shape of the others, which are read before it, as text; nil if it
  /// has another shape.
  private func read(_ line: String, after others: [String]) -> String? {
    var parser = JSONParser()
    var shape = RequestShape()
    for other in others {
      Array(other.utf8).withUnsafeBufferPointer { bytes in
        if let value = try? parser.parse(bytes) { shape.remember(value, on: bytes) }
      }
    }
    return Array(line.utf8).withUnsafeBufferPointer { bytes in
      shape.read(bytes, &parser).map(words)
    }
  }

  /// The same by the general way.
  private func parsed(_ line: String) -> String? {
    var parser = JSONParser()
    return Array(line.utf8).withUnsafeBufferPointer { bytes in
      (try? parser.parse(bytes)).map { words(Message($0)) }
    }
  }

  private func words(_ message: Message) -> String {
    guard case .request(let id, let method, let params?) = message else { return "another" }
    return [id.text, method.text, params.text].map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: " ")
  }

  @Test(
    "A request of the same shape is read, whatever its values are",
    arguments: [
      (compact, #"{"jsonrpc":"2.0","id":12345,"method":"users.get","params":{"b":[1,{}]}}"#),
      (compact, #"{"jsonrpc":"2.0","id":"x\"y","method":"\u0041","params":[]}"#),
      (compact, #"{"jsonrpc":"2.0","id":null,"method":"","params":null}"#),
      (compact, #"{"jsonrpc":"2.0","id":-1.5e3,"method":"m","params":{"a":1,"a":2}}"#),
      (compact, #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"é":"\ud83d\ude00"}}"#),
      (spaced, #" { "jsonrpc": "2.0", "id": 2, "method": "n", "params": { "a" : 1 } }  "#),
      (paramsFirst, #"{"method":"n","params":[1],"jsonrpc":"2.0","id":2}"#),
      (escapedName, #"{"jsonrpc":"2.0","i\u0064":3,"method":"m","params":{}}"#),
    ])
  func readsTheSameShape(_ other: String, _ line: String) {
    #expect(read(line, after: [other]) != nil)
    #expect(read(line, after: [other]) == parsed(line))
  }

  @Test(
    "A line of another shape is left to the general way, also if it is no request",
    arguments: [
      "", "{", "1", "[]", compact + " ", " " + compact, compact + compact,
      String(compact.dropLast()),
      spaced, paramsFirst, escapedName,
      #"{"jsonrpc":"2.0","id":1,"method":"m"}"#,
      #"{"jsonrpc":"2.0","method":"m","params":{}}"#,
      #"{"jsonrpc":"1.0","id":1,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"x":1}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"id":1}"#,
      #"{"jsonrpc":"2.0","id":1,"id":1,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"x":1,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":1 ,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id": 1,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":true,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":{},"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":1,"params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":"x"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":1}"#,
      #"{"jsonrpc":"2.0","id":01,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":,"method":"m","params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":{}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a"}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"\ud800"}}"#,
      #"{"jsonrpc":"2.0","id":"\ud800","method":"m","params":{}}"#,
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\n\",\"params\":{}}",
    ])
  func leavesOtherShapes(_ line: String) {
    #expect(read(line, after: [Self.compact]) == nil)
    #expect(read(line, after: []) == nil)
  }

  @Test("Values nest as deep as in any request")
  func nests() {
    let shape = #"{"jsonrpc":"2.0","id":1,"method":"m","params":"#
    for (depth, isRead) in [(JSONParser.depthMax - 1, true), (JSONParser.depthMax, false)] {
      let params = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      let line = shape + params + "}"
      #expect((read(line, after: [Self.compact]) != nil) == isRead)
      #expect((parsed(line) != nil) == isRead)
    }
  }

  @Test(
    "Only a request with the four fields is remembered, and what is not remembered changes nothing",
    arguments: [
      #"{"jsonrpc":"2.0","id":1,"method":"m"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"x":1}"#,
      #"{"jsonrpc":"2.0","id":1,"result":{}}"#, "[]", "1",
      #"{"jsonrpc":"2.0",\#(String(repeating: " ", count: 200))"id":1,"method":"m","params":{}}"#,
    ])
  func remembersRequestsOnly(_ line: String) {
    #expect(read(line, after: [line]) == nil)
    #expect(read(Self.compact, after: [Self.compact, line]) != nil)
  }

  @Test("The latest shape replaces the one before")
  func replaces() {
    #expect(read(Self.compact, after: [Self.compact, Self.paramsFirst]) == nil)
    #expect(read(Self.paramsFirst, after: [Self.compact, Self.paramsFirst]) == "1 \"m\" {}")
  }
}
