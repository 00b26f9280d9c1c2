/// One node of a parsed text: the byte range of a value, and the index of the next node.
@usableFromInline struct JSONNode {
  @usableFromInline var start: UInt32
  @usableFromInline var end: UInt32
  /// The index of the first node after this value and its content.
  @usableFromInline var next: UInt32
  @usableFromInline var kind: JSONKind
  /// Whether this is a string that contains a backslash.
  @usableFromInline var isEscaped: Bool

  @inline(__always)
  init(_ kind: JSONKind, _ start: Int, _ end: Int, next: Int, isEscaped: Bool = false) {
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
    self.next = UInt32(truncatingIfNeeded: next)
    self.kind = kind
    self.isEscaped = isEscaped
  }
}
