/// Finds field names that occur twice in one object.
extension JSONValue {
  /// Objects with up to this many fields are compared pair by pair; larger ones are sorted first.
  private static let pairwiseFieldsMax = 16

  /// The first field name in this value, at any depth, that occurs earlier in its object.
  public func firstDuplicate() -> JSONValue? {
    let end = Int(node.next)
    var at = index
    while at < end {
      if nodes[at].kind == .object, let found = self.at(at).ownDuplicate() { return found }
      at &+= 1
    }
    return nil
  }

  /// The first field name of this object itself that occurs earlier in it.
  public func ownDuplicate() -> JSONValue? {
    var seen = 0
    for (key, _) in fields {
      if seen == Self.pairwiseFieldsMax { return sortedDuplicate() }
      for (earlier, _) in fields {
        if earlier.index == key.index { break }
        if earlier.hasSameContent(as: key) { return key }
      }
      seen &+= 1
    }
    return nil
  }

  private func hasSameContent(as other: JSONValue) -> Bool {
    if isEscaped || other.isEscaped { return content == other.content }
    let (one, two) = (raw, other.raw)
    guard one.count == two.count else { return false }
    return bytesEqual(
      one.baseAddress.unsafelyUnwrapped, two.baseAddress.unsafelyUnwrapped, one.count)
  }

  /// Sorting bounds the work for an object that an attacker made with many names.
  private func sortedDuplicate() -> JSONValue? {
    let names = fields.map { (name: $0.key.content, key: $0.key) }
    let sorted = names.sorted { one, two in
      one.name == two.name
        ? one.key.index < two.key.index : one.name.lexicographicallyPrecedes(two.name)
    }
    let repeated = zip(sorted, sorted.dropFirst()).filter { $0.name == $1.name }.map { $1.key }
    return repeated.min { $0.index < $1.index }
  }

  /// The JSON pointer (RFC 6901) of `target`, a value or field name inside this value.
  public func pointer(to target: JSONValue) -> String {
    switch kind {
    case .object:
      for (key, value) in fields where key.index == target.index || value.holds(target) {
        return "/" + JSONPointer.escape(key.string ?? "") + value.pointer(to: target)
      }
    case .array:
      for (position, value) in elements.enumerated() where value.holds(target) {
        return "/\(position)" + value.pointer(to: target)
      }
    default: break
    }
    return ""
  }

  private func holds(_ target: JSONValue) -> Bool {
    index <= target.index && target.index < Int(node.next)
  }
}
