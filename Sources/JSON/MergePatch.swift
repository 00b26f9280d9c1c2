/// JSON merge patch (RFC 7396).
extension ByteBuffer {
  /// Appends `target` as changed by `patch`: members named in the patch are replaced, removed by
  /// null, or merged when both are objects. Tokens that stay keep their text.
  public mutating func append(merging patch: JSONValue, into target: JSONValue?) {
    guard patch.kind == .object else { return append(compact: patch) }
    append(UInt8(ascii: "{"))
    let old = target.flatMap { $0.kind == .object ? $0 : nil }
    // Names are compared by content, so that an escaped spelling patches the plain one.
    var changes: [[UInt8]: JSONValue] = [:]
    for (key, value) in patch.members { changes[key.content] = value }
    for (key, value) in old?.members ?? patch.noMembers {
      guard let change = changes.removeValue(forKey: key.content) else {
        appendMember(key)
        append(compact: value)
        continue
      }
      if change.kind == .null { continue }
      appendMember(key)
      append(merging: change, into: value)
    }
    for (key, value) in patch.members where value.kind != .null {
      guard changes[key.content] != nil else { continue }
      appendMember(key)
      append(merging: value, into: nil)
    }
    append(UInt8(ascii: "}"))
  }

  /// The name of a member, as it is written elsewhere; its value follows.
  public mutating func appendMember(_ key: JSONValue) {
    if bytes.last != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
    append(lineSafe: key.text)
    append(UInt8(ascii: ":"))
  }
}

extension JSONValue {
  fileprivate var noMembers: Members { Members(parent: self, at: 0, end: 0) }
}
