public import JSON

/// How a client writes its requests: the texts before, between and after their three values, and the
/// order of the values. A client hardly changes it from one request to the next, and the fields of a
/// request that has it need not be searched for.
public struct RequestShape {
  private enum Field { case id, method, params }

  /// Longer texts, which would be mostly white space, are not remembered.
  private static let textBytesMax = 128

  /// Empty, or four texts.
  private var texts: [[UInt8]] = []
  private var order = (Field.id, Field.method, Field.params)

  public init() {}

  /// The request on a line of this shape. nil for any other line, which may be a message too.
  public func read(
    _ line: UnsafeBufferPointer<UInt8>, _ parser: inout JSONParser
  ) -> Message? {
    guard !texts.isEmpty, let (one, two, three) = parser.parse(line, between: texts)
    else { return nil }
    var (id, method, params) = (one, two, three)
    if order != (.id, .method, .params) {
      for (field, value) in [(order.0, one), (order.1, two), (order.2, three)] {
        switch field {
        case .id: id = value
        case .method: method = value
        case .params: params = value
        }
      }
    }
    return Message(id: id, method: method, params: params)
  }

  /// Remembers the shape of a valid request that has exactly the four fields, and nothing of others.
  public mutating func remember(_ request: JSONValue, on line: UnsafeBufferPointer<UInt8>) {
    var (fields, texts): ([Field], [[UInt8]]) = ([], [])
    var start = line.baseAddress
    for (key, value) in request.fields {
      if key.equals("jsonrpc") { continue }
      if key.equals("id") {
        fields.append(.id)
      } else if key.equals("method") {
        fields.append(.method)
      } else if key.equals("params") {
        fields.append(.params)
      } else {
        return
      }
      let text = value.text
      texts.append(Self.text(from: start, to: text.baseAddress))
      start = text.baseAddress.map { $0 + text.count }
    }
    texts.append(Self.text(from: start, to: line.baseAddress.map { $0 + line.count }))
    guard fields.count == 3, texts.allSatisfy({ $0.count <= Self.textBytesMax }) else { return }
    self.texts = texts
    order = (fields[0], fields[1], fields[2])
  }

  private static func text(
    from start: UnsafePointer<UInt8>?, to end: UnsafePointer<UInt8>?
  ) -> [UInt8] {
    guard let start, let end else { return [] }
    return Array(UnsafeBufferPointer(start: start, count: end - start))
  }
}
