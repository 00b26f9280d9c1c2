extension String {
  /// Whether the string is known to be ASCII. Most texts are, strings remember it, and bytes are
  /// quicker to scan than characters. False proves nothing.
  var isASCII: Bool { utf8Span.isKnownASCII }

  /// In Unicode scalars, as JSON Schema counts.
  public var scalarCount: Int { isASCII ? utf8.count : unicodeScalars.count }

  var holdsControl: Bool {
    if isASCII { return utf8.contains { $0 < 0x20 || $0 == 0x7F } }
    return unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  var holdsSpace: Bool {
    if isASCII { return utf8.contains { $0 == 0x20 || (0x09...0x0D).contains($0) } }
    return unicodeScalars.contains { $0.properties.isWhitespace }
  }

  var trimmed: String {
    if let first = utf8.first, let last = utf8.last, (0x21..<0x7F).contains(first),
      (0x21..<0x7F).contains(last)
    {
      return self
    }
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    if first == scalars.startIndex, scalars.index(after: last) == scalars.endIndex { return self }
    return String(scalars[first...last])
  }
}
