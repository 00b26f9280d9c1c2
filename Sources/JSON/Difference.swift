extension ByteBuffer {
  /// Writes only what differs between two objects, in compact form: to this buffer the members of
  /// `old` that `new` lacks or has with another text, to `other` those of `new`. Of objects that
  /// both have, it writes only the difference.
  public mutating func append(
    difference old: JSONValue, from new: JSONValue, other: inout ByteBuffer
  ) {
    let known = Dictionary(new.members.map { ($0.0.content, $0.1) }) { first, _ in first }
    var kept: Set<[UInt8]> = []
    append("{")
    other.append("{")
    for (key, before) in old.members {
      let name = key.content
      guard let after = known[name] else {
        append(member: key, before)
        continue
      }
      kept.insert(name)
      if before.text.elementsEqual(after.text) { continue }
      if before.kind == .object, after.kind == .object {
        appendMember(key)
        other.appendMember(key)
        append(difference: before, from: after, other: &other)
      } else {
        append(member: key, before)
        other.append(member: key, after)
      }
    }
    for (key, after) in new.members where !kept.contains(key.content) {
      other.append(member: key, after)
    }
    append("}")
    other.append("}")
  }

  private mutating func append(member key: JSONValue, _ value: JSONValue) {
    appendMember(key)
    append(compact: value)
  }
}
