extension ByteBuffer {
  /// Writes only what differs between two objects, in compact form: to this buffer the fields of
  /// `old` that `new` lacks or has with another text, to `other` those of `new`. Of objects that
  /// both have, it writes only the difference.
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
