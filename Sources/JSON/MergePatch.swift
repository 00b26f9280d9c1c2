/// JSON merge patch (RFC 7396).
extension ByteBuffer {
  /// Appends `target` as changed by `patch`, in the spelling of stored texts (see
  /// `append(spelled:)`). Fields named in the patch are replaced, removed by null, or merged when
  /// both are objects. If the patch sets a value to an equal one, the old value is kept, with its
  /// spelling of numbers and its order of fields.
  public mutating func append(merging patch: JSONValue, into target: JSONValue?) {
    guard patch.kind == .object else {
      let isSame = target.map { $0.isSame(as: patch) } ?? false
      return append(spelled: isSame ? target ?? patch : patch)
    }
    append(UInt8(ascii: "{"))
    guard let old = target, old.hasFields else {
      for (key, value) in patch.fields where value.kind != .null {
        append(spelledName: key)
        append(merging: value, into: nil)
      }
      return append(UInt8(ascii: "}"))
    }
    // Names are compared by content, so that an escaped spelling patches the plain one.
    var changes: [[UInt8]: JSONValue] = [:]
    for (key, value) in patch.fields { changes[key.content] = value }
    for (key, value) in old.fields {
      guard let change = changes.removeValue(forKey: key.content) else {
        append(spelledName: key)
        append(spelled: value)
        continue
      }
      if change.kind == .null { continue }
      append(spelledName: key)
      append(merging: change, into: value)
    }
    for (key, value) in patch.fields where value.kind != .null {
      guard changes[key.content] != nil else { continue }
      append(spelledName: key)
      append(merging: value, into: nil)
    }
    append(UInt8(ascii: "}"))
  }

  /// Starts a field whose name keeps the spelling of `key`; its value follows.
  public mutating func appendField(_ key: JSONValue) {
    if bytes.last != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
    append(lineSafe: key.text)
    append(UInt8(ascii: ":"))
  }

  /// Appends a value in the spelling of stored texts: without white space, and without unnecessary
  /// escapes. Fields keep their order, and numbers their digits.
  mutating func append(spelled value: JSONValue) {
    switch value.kind {
    case .object:
      append(UInt8(ascii: "{"))
      for (key, value) in value.fields {
        append(spelledName: key)
        append(spelled: value)
      }
      append(UInt8(ascii: "}"))
    case .array:
      append(UInt8(ascii: "["))
      for element in value.elements {
        self.element()
        append(spelled: element)
      }
      append(UInt8(ascii: "]"))
    case .string: append(spelledText: value)
    default: append(value.text)
    }
  }

  private mutating func append(spelledName key: JSONValue) {
    if bytes.last != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
    append(spelledText: key)
    append(UInt8(ascii: ":"))
  }

  private mutating func append(spelledText text: JSONValue) {
    if !text.isEscaped { return write(utf8: text.raw) }
    text.content.withUnsafeBufferPointer { write(utf8: $0) }
  }
}

extension JSONValue {
  fileprivate var hasFields: Bool {
    guard kind == .object else { return false }
    var fields = fields
    return fields.next() != nil
  }

  /// Whether both values are equal, in any spelling: numbers are compared by value, and the order
  /// of fields does not matter. No object may contain a name twice.
  func isSame(as other: JSONValue) -> Bool {
    if kind != other.kind { return false }
    switch kind {
    case .string: return content == other.content
    case .number:
      if raw.elementsEqual(other.raw) { return true }
      guard let one = Decimal(raw), let two = Decimal(other.raw) else { return false }
      return one == two
    case .array:
      var theirs = other.elements
      for mine in elements {
        guard let next = theirs.next(), mine.isSame(as: next) else { return false }
      }
      return theirs.next() == nil
    case .object:
      var theirs: [[UInt8]: JSONValue] = [:]
      for (key, value) in other.fields { theirs[key.content] = value }
      for (key, mine) in fields {
        guard let value = theirs.removeValue(forKey: key.content), mine.isSame(as: value) else {
          return false
        }
      }
      return theirs.isEmpty
    default: return true
    }
  }
}
