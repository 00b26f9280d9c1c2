/// Finds escapes of lone surrogates, which are half a character (RFC 8259, section 8.2), in texts
/// that were parsed with them.
extension JSONValue {
  /// The first string in this value, or field name at any depth, that contains a lone surrogate.
  public func firstLoneSurrogate() -> JSONValue? {
    for at in index..<Int(node.next) where nodes[at].kind == .string && nodes[at].isEscaped {
      let found = self.at(at)
      if found.loneSurrogateOffset != nil { return found }
    }
    return nil
  }

  /// The byte offset of the first lone surrogate in this string.
  fileprivate var loneSurrogateOffset: Int? {
    guard let start = raw.baseAddress else { return nil }
    var at = 0
    while at < raw.count {
      guard raw[at] == UInt8(ascii: "\\") else {
        at += 1
        continue
      }
      guard let first = JSONScan.codeUnit(start, at, raw.count) else {
        at += 2
        continue
      }
      let second = JSONScan.codeUnit(start, at + 6, raw.count)
      let isPair = JSONScan.isSurrogatePair(first, second)
      if first & 0xF800 == 0xD800, !isPair { return at }
      at += isPair ? 12 : 6
    }
    return nil
  }
}

extension JSONSyntaxError {
  /// The error for a lone surrogate in `value`, where none is allowed.
  public init(loneSurrogateIn value: JSONValue) {
    let offset = Int(value.node.start) + (value.loneSurrogateOffset ?? 0)
    self.init(offset: offset, reason: Self.loneSurrogate)
  }
}
