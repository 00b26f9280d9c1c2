import Contract

extension Schema {
  /// The type of the value in words.
  var words: String {
    switch self {
    case .string(_, _, format: "date-time"): "time"
    case .string(_, _, format: "uuid"): "id"
    case .string: "text"
    case .enumeration(let words): words.map(\.asCode).joined(separator: ", ")
    case .integer: "number"
    case .boolean: "true or false"
    case .constantTrue: "`true`"
    case .array(let element, _): "list of \(element.pluralWords)"
    case .freeObject, .dictionary, .object: "object"
    case .params: "object or list"
    case .bulkMethod: "name of a method"
    case .nullable(let inner): "\(inner.words), or null"
    case .named(let name): name == "User" || name == "PartialUser" ? "the record" : name
    case .secret(let inner): inner.words
    }
  }

  private var pluralWords: String {
    switch self {
    case .enumeration, .boolean, .nullable, .array, .params, .named: words
    case .secret(let inner): inner.pluralWords
    default: words + "s"
    }
  }

  /// The type of a result in words, with the fields of an object.
  func resultWords(user: [Field]) -> String {
    switch self {
    case .object(let fields) where fields.map(\.name).starts(with: user.map(\.name)):
      return (["the record"] + fields.dropFirst(user.count).map { $0.mark.asCode })
        .joined(separator: ", ")
    case .object(let fields): return "{\(fields.map(\.mark).joined(separator: ", "))}".asCode
    case .array(let element, _): return "list of \(element.resultWords(user: user))"
    case .nullable(let inner): return "\(inner.resultWords(user: user)), or null"
    default: return words
    }
  }

  /// The size limit in words; nil without one.
  var limitWords: String? {
    switch self {
    case .nullable(let inner), .secret(let inner): inner.limitWords
    case .string(let length?, let pattern, _):
      length.words + " characters" + (pattern.map { ", \($0.asCode)" } ?? "")
    case .array(.enumeration, _): nil
    case .array(let element, let length?):
      [length.words + " entries", element.limitWords.map { "each \($0)" }].compactMap { $0 }
        .joined(separator: ", ")
    case .integer(let range, let forAgents) where range.upperBound < Int(Int32.max):
      range.words + (forAgents.map { "; \($0.words) for tools" } ?? "")
    default: nil
    }
  }
}

extension Field {
  /// The name, with a question mark if the field may be missing.
  fileprivate var mark: String { isRequired ? name : name + "?" }
}

extension ClosedRange<Int> {
  fileprivate var words: String {
    lowerBound == 0 ? "at most \(upperBound.grouped)" : "\(lowerBound) to \(upperBound.grouped)"
  }
}

extension Int {
  /// The number with a comma between groups of three digits.
  var grouped: String {
    if self < 1000 { return "\(self)" }
    let end = String(self % 1000)
    return (self / 1000).grouped + "," + String(repeating: "0", count: 3 - end.count) + end
  }
}
