/// A value inside a parsed text: a reference, not a copy.
///
/// Valid until the parser parses its next text, and only as long as the bytes are.
public struct JSONValue {
  @usableFromInline let source: UnsafePointer<UInt8>
  @usableFromInline let nodes: UnsafePointer<JSONNode>
  @usableFromInline let index: Int

  @inlinable init(bytes: UnsafePointer<UInt8>, nodes: UnsafePointer<JSONNode>, index: Int) {
    source = bytes
    self.nodes = nodes
    self.index = index
  }

  @inlinable var node: JSONNode { nodes[index] }

  @inlinable public var kind: JSONKind { nodes[index].kind }

  @inlinable func at(_ index: Int) -> JSONValue {
    JSONValue(bytes: source, nodes: nodes, index: index)
  }

  /// The bytes between the quotes of a string, with escapes as they are; the text of any other
  /// value.
  @inlinable public var raw: UnsafeBufferPointer<UInt8> {
    let node = nodes[index]
    return UnsafeBufferPointer(
      start: source + Int(node.start), count: Int(node.end &- node.start))
  }

  /// The value's text, byte for byte as it came, including the quotes of a string.
  public var text: UnsafeBufferPointer<UInt8> {
    guard kind == .string else { return raw }
    return UnsafeBufferPointer(start: source + Int(node.start) - 1, count: raw.count + 2)
  }

  /// Whether this is a string that contains a backslash, so that `raw` is not its content.
  @inlinable public var isEscaped: Bool { nodes[index].isEscaped }

  /// The content of a string, nil for anything else.
  public var string: String? {
    guard kind == .string else { return nil }
    if !isEscaped { return String(decoding: raw, as: UTF8.self) }
    var content = ByteBuffer(capacity: raw.count)
    content.appendUnescaped(raw)
    return content.string
  }

  /// The bytes of a string's content. Two Swift strings are equal if they are canonically
  /// equivalent; names in JSON are equal only byte by byte.
  var content: [UInt8] {
    if !isEscaped { return Array(raw) }
    var content = ByteBuffer(capacity: raw.count)
    content.appendUnescaped(raw)
    return Array(content.bytes)
  }

  public var bool: Bool? {
    switch kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// The value of a number without a fraction; nil if it does not fit. The spelling does not
  /// matter: `50`, `50.0` and `5e1` are equal, as in JSON Schema.
  public var int: Int? {
    guard kind == .number else { return nil }
    var value = 0
    let isNegative = raw.first == UInt8(ascii: "-")
    var at = isNegative ? 1 : 0
    while at < raw.count, raw[at] &- UInt8(ascii: "0") < 10 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int(raw[at] &- UInt8(ascii: "0"))
      let (sum, carry) =
        isNegative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      // The digits alone are too large, but an exponent may make the number fit.
      if overflow || carry { return Decimal(raw)?.int }
      value = sum
      at += 1
    }
    if at == raw.count { return value }
    return Decimal(raw)?.int
  }

  /// Whether this is a string with exactly this content. `name` is plain ASCII.
  @inlinable public func equals(_ name: StaticString) -> Bool {
    let raw = raw
    if isEscaped { return equalsUnescaped(name) }
    guard raw.count == name.utf8CodeUnitCount, kind == .string else { return false }
    return bytesEqual(raw.baseAddress.unsafelyUnwrapped, name.utf8Start, raw.count)
  }

  /// The position of the first of `names`, all plain ASCII, that is exactly this string.
  @inlinable public func position(in names: [StaticString]) -> Int? {
    if isEscaped { return names.firstIndex { equals($0) } }
    let raw = raw
    guard kind == .string, let start = raw.baseAddress else { return nil }
    return names.firstIndex { name in
      name.utf8CodeUnitCount == raw.count && bytesEqual(start, name.utf8Start, raw.count)
    }
  }

  @inline(never) @usableFromInline func equalsUnescaped(_ name: StaticString) -> Bool {
    string == name.description
  }

  /// The number of elements or of fields; 0 for a scalar.
  public var count: Int {
    switch kind {
    case .array: elements.reduce(0) { total, _ in total + 1 }
    case .object: fields.reduce(0) { total, _ in total + 1 }
    default: 0
    }
  }

  /// The elements of an array; empty for any other value.
  @inlinable public var elements: Elements {
    let node = nodes[index]
    return Elements(
      parent: self, at: index &+ 1, end: node.kind == .array ? Int(node.next) : 0)
  }

  /// The fields of an object in their order; empty for any other value.
  @inlinable public var fields: Fields {
    let node = nodes[index]
    return Fields(
      parent: self, at: index &+ 1, end: node.kind == .object ? Int(node.next) : 0)
  }

  /// The first field with this name.
  @inlinable public func field(_ name: StaticString) -> JSONValue? {
    for (key, value) in fields where key.equals(name) { return value }
    return nil
  }

  public struct Elements: Sequence, IteratorProtocol {
    @usableFromInline let parent: JSONValue
    @usableFromInline var at: Int
    @usableFromInline let end: Int

    @inlinable init(parent: JSONValue, at: Int, end: Int) {
      self.parent = parent
      self.at = at
      self.end = end
    }

    @inlinable public mutating func next() -> JSONValue? {
      guard at < end else { return nil }
      let value = parent.at(at)
      at = Int(value.node.next)
      return value
    }
  }

  public struct Fields: Sequence, IteratorProtocol {
    @usableFromInline let parent: JSONValue
    @usableFromInline var at: Int
    @usableFromInline let end: Int

    @inlinable init(parent: JSONValue, at: Int, end: Int) {
      self.parent = parent
      self.at = at
      self.end = end
    }

    @inlinable public mutating func next() -> (key: JSONValue, value: JSONValue)? {
      guard at < end else { return nil }
      let value = parent.at(at &+ 1)
      let field = (parent.at(at), value)
      at = Int(value.node.next)
      return field
    }
  }
}

/// Compares short byte ranges without a function call.
@inlinable func bytesEqual(
  _ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ count: Int
) -> Bool {
  var at = 0
  while at &+ 8 <= count {
    let left = UnsafeRawPointer(one + at).loadUnaligned(as: UInt64.self)
    let right = UnsafeRawPointer(other + at).loadUnaligned(as: UInt64.self)
    if left != right { return false }
    at &+= 8
  }
  while at < count {
    if one[at] != other[at] { return false }
    at &+= 1
  }
  return true
}

extension ByteBuffer {
  /// Appends the content of a string literal. `raw` must be text that a parser accepted between
  /// quotes.
  public mutating func appendUnescaped(_ raw: UnsafeBufferPointer<UInt8>) {
    var at = 0
    while at < raw.count {
      guard raw[at] == UInt8(ascii: "\\") else {
        append(raw[at])
        at += 1
        continue
      }
      let letter = raw[at + 1]
      at += 2
      switch letter {
      case UInt8(ascii: "b"): append(0x08)
      case UInt8(ascii: "t"): append(0x09)
      case UInt8(ascii: "n"): append(0x0A)
      case UInt8(ascii: "f"): append(0x0C)
      case UInt8(ascii: "r"): append(0x0D)
      case UInt8(ascii: "u"): at += appendScalar(raw, at - 2)
      default: append(letter)
      }
    }
  }

  /// Appends the character of the `\uXXXX`, or of the pair of them, at `at`; returns how many bytes
  /// it took after the `\u`.
  private mutating func appendScalar(_ raw: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    guard let start = raw.baseAddress, let unit = JSONScan.codeUnit(start, at, raw.count)
    else { return 0 }
    var value = UInt32(unit)
    var taken = 4
    if unit & 0xFC00 == 0xD800, let low = JSONScan.codeUnit(start, at + 6, raw.count) {
      value = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF))
      taken = 10
    }
    if let scalar = Unicode.Scalar(value) {
      for byte in UTF8.encode(scalar).unsafelyUnwrapped { append(byte) }
    }
    return taken
  }

  /// Appends the value without the white space between its tokens. Every token stays as it came,
  /// except for unescaped line ends (see `append(lineSafe:)`).
  public mutating func append(compact value: JSONValue) {
    switch value.kind {
    case .object:
      append(UInt8(ascii: "{"))
      for (key, value) in value.fields {
        if bytes.last != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
        append(lineSafe: key.text)
        append(UInt8(ascii: ":"))
        append(compact: value)
      }
      append(UInt8(ascii: "}"))
    case .array:
      append(UInt8(ascii: "["))
      for value in value.elements {
        element()
        append(compact: value)
      }
      append(UInt8(ascii: "]"))
    default: append(lineSafe: value.text)
    }
  }
}

extension JSONValue {
  /// The nesting depth of arrays and objects in this value; 0 for a scalar.
  public var depth: Int {
    switch kind {
    case .object: 1 + (fields.map(\.value.depth).max() ?? 0)
    case .array: 1 + (elements.map(\.depth).max() ?? 0)
    default: 0
    }
  }
}
