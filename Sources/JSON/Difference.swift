extension ByteBuffer {
  /// Writes only the differences between two objects, in compact form. This buffer gets the fields
  /// of `old` that `new` lacks or has with another text; `other` gets those of `new`. If a field is
  /// an object in both, only the differences of these objects are written.
  public mutating func append(
    difference old: JSONValue, from new: JSONValue, other: inout ByteBuffer
  ) {
    let known = Dictionary(new.fields.map { ($0.0.content, $0.1) }) { first, _ in first }
    var kept: Set<[UInt8]> = []
    append("{")
    other.append("{")
    for (key, before) in old.fields {
      let name = key.content
      guard let after = known[name] else {
        append(field: key, before)
        continue
      }
      kept.insert(name)
      if before.text.elementsEqual(after.text) { continue }
      if before.kind == .object, after.kind == .object {
        appendField(key)
        other.appendField(key)
        append(difference: before, from: after, other: &other)
      } else {
        append(field: key, before)
        other.append(field: key, after)
      }
    }
    for (key, after) in new.fields where !kept.contains(key.content) {
      other.append(field: key, after)
    }
    append("}")
    other.append("}")
  }

  private mutating func append(field key: JSONValue, _ value: JSONValue) {
    appendField(key)
    append(compact: value)
  }
}
