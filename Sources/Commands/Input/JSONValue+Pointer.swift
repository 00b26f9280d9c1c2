import Contract
import JSON

extension JSONValue {
  /// The value at the end of these steps. A step is the name of a field, the index of an entry in a
  /// list, or `KEY=VALUE`: the first entry whose field KEY is VALUE.
  func value(at steps: some Sequence<String>) -> JSONValue? {
    var value = self
    for step in steps {
      guard let next = value.value(at: step) else { return nil }
      value = next
    }
    return value
  }

  /// An index, in the form of RFC 6901.
  private static func index(_ step: String) -> Int? {
    let isDigits = !step.isEmpty && step.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return isDigits && (step == "0" || !step.begins(with: "0")) ? Int(step) : nil
  }

  private func value(at step: String) -> JSONValue? {
    if kind == .object { return fields.first { $0.key.string == step }?.value }
    guard kind == .array else { return nil }
    if let index = Self.index(step) { return elements.dropFirst(index).first { _ in true } }
    let parts = step.parts(at: "=", countMax: 2)
    guard parts.count == 2 else { return nil }
    return elements.first { entry in
      guard let value = entry.value(at: parts[0]) else { return false }
      return Cell.json(value).string == parts[1]
    }
  }
}

extension JSONPointer {
  /// The steps of a JSON pointer (RFC 6901); nil if it is not valid.
  static func steps(_ pointer: String) -> [String]? {
    if pointer.isEmpty { return [] }
    guard pointer.begins(with: "/") else { return nil }
    return pointer.parts(at: "/").dropFirst().map { unescape($0) }
  }

  private static func unescape(_ token: String) -> String {
    let parts = token.parts(at: "~")
    return parts.dropFirst().reduce(parts[0]) { text, part in
      if let rest = part.behind("1") { return text + "/" + rest }
      if let rest = part.behind("0") { return text + "~" + rest }
      return text + "~" + part
    }
  }
}
