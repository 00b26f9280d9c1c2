/// A strict JSON parser (RFC 8259, UTF-8) that stores only the positions of values.
///
/// The nodes lie in one flat block that is reused for each text. Strict means: no BOM, no trailing
/// comma or bytes, no leading zero, no control character or lone surrogate in a string, no invalid
/// UTF-8, nesting up to `depthMax`. Texts must be shorter than 4 GiB. Repeated field names are
/// valid here; `JSONValue.firstDuplicate` finds them for callers that refuse them.
public struct JSONParser: ~Copyable {
  /// How deep arrays and objects may nest.
  public static let depthMax = 128
  /// The number of nodes whose memory is kept between texts; memory beyond it is freed.
  static let keptNodesMax = 1 << 14

  private var nodes: UnsafeMutablePointer<JSONNode>
  private var capacity: Int
  private var count = 0
  private var bytes: UnsafePointer<UInt8>
  private var at = 0
  private var end = 0
  private var takesLoneSurrogates = false
  /// Whether the latest text contains lone surrogates, which only `takingLoneSurrogates` accepts.
  public private(set) var hasLoneSurrogates = false

  public init() {
    capacity = 256
    nodes = .allocate(capacity: capacity)
    bytes = UnsafePointer(bitPattern: 1).unsafelyUnwrapped
  }

  deinit { nodes.deallocate() }

  /// Parses one text. The value is valid until the next `parse`, and only as long as the bytes are.
  ///
  /// A caller that passes `takingLoneSurrogates` finds them with `JSONValue.firstLoneSurrogate`,
  /// and refuses them where they are not allowed.
  public mutating func parse(
    _ text: UnsafeBufferPointer<UInt8>, takingLoneSurrogates: Bool = false
  ) throws(JSONSyntaxError) -> JSONValue {
    guard let start = text.baseAddress else { throw JSONSyntaxError(offset: 0, reason: "no value") }
    begin(start, text.count, takingLoneSurrogates)
    skipSpace()
    try value(depth: 0)
    skipSpace()
    if at < end { throw fault("more bytes after the value") }
    return JSONValue(bytes: bytes, nodes: UnsafePointer(nodes), index: 0)
  }

  private mutating func begin(
    _ start: UnsafePointer<UInt8>, _ length: Int, _ takingLoneSurrogates: Bool
  ) {
    if capacity > Self.keptNodesMax { resize(to: Self.keptNodesMax) }
    (bytes, at, end, count) = (start, 0, length, 0)
    (takesLoneSurrogates, hasLoneSurrogates) = (takingLoneSurrogates, false)
  }

  /// Parses the three values of a text that has the bytes of `gaps`, four texts, before, between and
  /// after them. nil for any other text, also for one that `parse` would accept or that contains a
  /// lone surrogate. The values are fields of one object, so they are nested once.
  public mutating func parse(
    _ text: UnsafeBufferPointer<UInt8>, between gaps: [[UInt8]]
  ) -> (JSONValue, JSONValue, JSONValue)? {
    guard let start = text.baseAddress else { return nil }
    begin(start, text.count, false)
    var indexes = (0, 0, 0)
    do throws(JSONSyntaxError) {
      guard skip(gaps[0]) else { return nil }
      try value(depth: 1)
      indexes.1 = count
      guard skip(gaps[1]) else { return nil }
      try value(depth: 1)
      indexes.2 = count
      guard skip(gaps[2]) else { return nil }
      try value(depth: 1)
    } catch { return nil }
    guard skip(gaps[3]), at == end else { return nil }
    let first = JSONValue(bytes: bytes, nodes: UnsafePointer(nodes), index: indexes.0)
    return (first, first.at(indexes.1), first.at(indexes.2))
  }

  @inline(__always)
  private mutating func skip(_ gap: [UInt8]) -> Bool {
    guard at &+ gap.count <= end else { return false }
    let isEqual = gap.withUnsafeBufferPointer { gap in
      gap.baseAddress.map { bytesEqual(bytes + at, $0, gap.count) } ?? true
    }
    at &+= gap.count
    return isEqual
  }

  private func fault(_ reason: String) -> JSONSyntaxError {
    JSONSyntaxError(offset: at, reason: at < end ? reason : "unexpected end of the text")
  }

  private mutating func resize(to capacity: Int) {
    let moved = UnsafeMutablePointer<JSONNode>.allocate(capacity: capacity)
    moved.update(from: nodes, count: min(count, capacity))
    nodes.deallocate()
    nodes = moved
    self.capacity = capacity
  }

  @inline(__always)
  private mutating func push(_ node: JSONNode) {
    if count == capacity { resize(to: capacity * 2) }
    nodes[count] = node
    count &+= 1
  }

  @inline(__always)
  private mutating func skipSpace() {
    while at < end {
      let byte = bytes[at]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      at &+= 1
    }
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) {
    guard at < end else { throw fault("expected a value") }
    switch bytes[at] {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "{"): try object(depth: depth + 1)
    case UInt8(ascii: "["): try array(depth: depth + 1)
    case UInt8(ascii: "t"): try word("true", .true)
    case UInt8(ascii: "f"): try word("false", .false)
    case UInt8(ascii: "n"): try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: throw fault("expected a value")
    }
  }

  private mutating func word(_ word: StaticString, _ kind: JSONKind) throws(JSONSyntaxError) {
    let length = word.utf8CodeUnitCount
    guard at + length <= end else { throw fault("expected a value") }
    for offset in 0..<length where bytes[at + offset] != word.utf8Start[offset] {
      throw fault("expected a value")
    }
    push(JSONNode(kind, at, at + length, next: count &+ 1))
    at += length
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) {
    let own = try open(.object, depth)
    if at < end, bytes[at] == UInt8(ascii: "}") { return close(own) }
    while true {
      guard at < end, bytes[at] == UInt8(ascii: "\"") else {
        throw fault("expected a field name in quotes")
      }
      try string()
      skipSpace()
      guard at < end, bytes[at] == UInt8(ascii: ":") else { throw fault("expected a colon") }
      at &+= 1
      skipSpace()
      try value(depth: depth)
      if try separator(UInt8(ascii: "}")) { return close(own) }
    }
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) {
    let own = try open(.array, depth)
    if at < end, bytes[at] == UInt8(ascii: "]") { return close(own) }
    while true {
      try value(depth: depth)
      if try separator(UInt8(ascii: "]")) { return close(own) }
    }
  }

  @inline(__always)
  private mutating func open(_ kind: JSONKind, _ depth: Int) throws(JSONSyntaxError) -> Int {
    if depth > Self.depthMax { throw fault("nesting deeper than \(Self.depthMax)") }
    push(JSONNode(kind, at, at, next: 0))
    at &+= 1
    skipSpace()
    return count &- 1
  }

  @inline(__always)
  private mutating func close(_ own: Int) {
    at &+= 1
    nodes[own].end = UInt32(truncatingIfNeeded: at)
    nodes[own].next = UInt32(truncatingIfNeeded: count)
  }

  /// Steps over a comma (false) or stops at the closing byte (true).
  @inline(__always)
  private mutating func separator(_ closing: UInt8) throws(JSONSyntaxError) -> Bool {
    skipSpace()
    guard at < end else { throw fault("unexpected end") }
    if bytes[at] == closing { return true }
    guard bytes[at] == UInt8(ascii: ",") else {
      throw fault("expected a comma or \"\(Unicode.Scalar(closing))\"")
    }
    at &+= 1
    skipSpace()
    return false
  }

  private mutating func number() throws(JSONSyntaxError) {
    let start = at
    if bytes[at] == UInt8(ascii: "-") { at &+= 1 }
    if at < end, bytes[at] == UInt8(ascii: "0") {
      at &+= 1
      if at < end, isDigit(bytes[at]) { throw fault("a number with a leading zero") }
    } else {
      try digits()
    }
    if at < end, bytes[at] == UInt8(ascii: ".") {
      at &+= 1
      try digits()
    }
    if at < end, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at &+= 1
      if at < end, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at &+= 1 }
      try digits()
    }
    push(JSONNode(.number, start, at, next: count &+ 1))
  }

  @inline(__always)
  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  @inline(__always)
  private mutating func digits() throws(JSONSyntaxError) {
    let start = at
    while at < end, isDigit(bytes[at]) { at &+= 1 }
    if at == start { throw fault("expected a digit") }
  }

  private mutating func string() throws(JSONSyntaxError) {
    at &+= 1
    let start = at
    var isEscaped = false
    while true {
      at = JSONScan.plainASCIIPrefix(bytes, at, end)
      guard at < end else { throw fault("a string without its closing quote") }
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") { break }
      if byte >= 0x80 {
        let length = UTF8Check.length(bytes, at, end)
        if length == 0 { throw fault("invalid UTF-8") }
        at &+= length
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
        try escape()
      } else {
        throw fault("a control character in a string")
      }
    }
    push(JSONNode(.string, start, at, next: count &+ 1, isEscaped: isEscaped))
    at &+= 1
  }

  private mutating func escape() throws(JSONSyntaxError) {
    guard at + 1 < end else {
      at = end
      throw fault("an unfinished escape")
    }
    switch bytes[at + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      at &+= 2
    case UInt8(ascii: "u"): try unicodeEscape()
    default: throw fault("an unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(JSONSyntaxError) {
    guard let first = JSONScan.codeUnit(bytes, at, end) else { throw fault("an unknown escape") }
    if first & 0xF800 == 0xD800 {
      if JSONScan.isSurrogatePair(first, JSONScan.codeUnit(bytes, at + 6, end)) {
        at &+= 6
      } else if takesLoneSurrogates {
        hasLoneSurrogates = true
      } else {
        throw fault(JSONSyntaxError.loneSurrogate)
      }
    }
    at &+= 6
  }
}

extension JSONScan {
  /// Whether two code units are a surrogate pair.
  static func isSurrogatePair(_ first: UInt16, _ second: UInt16?) -> Bool {
    first & 0xFC00 == 0xD800 && second.map { $0 & 0xFC00 == 0xDC00 } ?? false
  }

  /// The code unit of the `\uXXXX` at `at`, if there is one.
  static func codeUnit(_ bytes: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> UInt16? {
    guard at + 6 <= end, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u")
    else { return nil }
    var unit: UInt16 = 0
    for offset in 2..<6 {
      guard let nibble = Hex.value(bytes[at + offset]) else { return nil }
      unit = unit << 4 | UInt16(nibble)
    }
    return unit
  }
}
