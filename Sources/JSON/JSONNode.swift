/// One node of a parsed text: where a value stands in the bytes, and where the next one is.
@usableFromInline struct JSONNode {
  @usableFromInline var start: UInt32
  @usableFromInline var end: UInt32
  /// The index of the first node after this value and all that is in it.
  @usableFromInline var next: UInt32
  @usableFromInline var kind: JSONKind
  /// A string that holds a backslash.
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
