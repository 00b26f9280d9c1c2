public import Contract
public import JSON

/// A text that is valid by having been made: trimmed, NFC, of a bounded length, without control
/// characters.
public protocol BoundedText: ParamValue, Hashable, Sendable {
  var value: String { get }
  init(unchecked value: String)
  init(_ text: String) throws(Mismatch)
  /// In characters (Unicode scalars, as JSON Schema counts).
  static var length: ClosedRange<Int> { get }
  /// An extra rule, and how to say it: a regular expression.
  static var pattern: String? { get }
  static func fitsPattern(_ text: String) -> Bool
}

extension BoundedText {
  public static var pattern: String? { nil }
  public static func fitsPattern(_ text: String) -> Bool { true }
  public static var placeholder: Self { Self(unchecked: "") }
  public static var shape: Shape { .string(length: length, pattern: pattern) }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    self = try Self(text)
  }

  public init(_ text: String) throws(Mismatch) {
    let text = Fold.composed(text.trimmed)
    if text.holdsControl { throw Mismatch("must not contain control characters") }
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw Mismatch(
        "must have \(Self.length.lowerBound) to \(Self.length.upperBound) characters, not \(count)")
    }
    guard Self.fitsPattern(text) else { throw Mismatch("must match \(Self.pattern ?? "")") }
    self.init(unchecked: text)
  }
}

extension String {
  /// Most texts are ASCII, which strings remember, and bytes are quicker to look at than
  /// characters. False is no proof.
  var isASCII: Bool { utf8Span.isKnownASCII }

  /// In Unicode scalars, as JSON Schema counts.
  public var scalarCount: Int { isASCII ? utf8.count : unicodeScalars.count }

  fileprivate var holdsControl: Bool {
    if isASCII { return utf8.contains { $0 < 0x20 || $0 == 0x7F } }
    return unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  fileprivate var holdsSpace: Bool {
    if isASCII { return utf8.contains { $0 == 0x20 || (0x09...0x0D).contains($0) } }
    return unicodeScalars.contains { $0.properties.isWhitespace }
  }

  var trimmed: String {
    if let first = utf8.first, let last = utf8.last, (0x21..<0x7F).contains(first),
      (0x21..<0x7F).contains(last)
    {
      return self
    }
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    if first == scalars.startIndex, scalars.index(after: last) == scalars.endIndex { return self }
    return String(scalars[first...last])
  }
}

/// The name that people read.
public struct Name: BoundedText {
  public let value: String
  public static let length = 1...255
  public init(unchecked value: String) { self.value = value }
}

/// A chosen username fits the pattern. The account's own email is one too, whatever is in it:
/// `AccountRules` checks that, which knows the email.
public struct Username: BoundedText {
  public let value: String
  public static let length = 1...320
  public static let chosenPattern = "^[a-zA-Z0-9_\\-@.]+$"
  public init(unchecked value: String) { self.value = value }

  public static func fitsChosenPattern(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-@.".utf8.contains($0) }
  }
}

/// The host's own name for an organization.
public struct OrganizationID: BoundedText {
  public let value: String
  public static let length = 1...255
  public init(unchecked value: String) { self.value = value }
}

/// A short free text: company, job title, group, identity provider.
public struct Label: BoundedText {
  public let value: String
  public static let length = 1...255
  public init(unchecked value: String) { self.value = value }
}

public struct WebAddress: BoundedText {
  public let value: String
  public static let length = 1...2048
  public static let pattern: String? = "^https?://"
  public init(unchecked value: String) { self.value = value }

  public static func fitsPattern(_ text: String) -> Bool {
    text.begins(with: "https://") || text.begins(with: "http://")
  }
}

/// The name of a role: predefined, or a label for the host's own use.
public struct RoleName: BoundedText, Comparable {
  /// The predefined ones.
  public static let owner = "owner"
  public static let admin = "admin"
  public static let member = "member"
  public static let annotator = "annotator"
  public static let predefined = [owner, admin, member, annotator]

  public let value: String
  public static let length = 1...64
  public static let pattern: String? = "^[a-zA-Z0-9_.:\\-]+$"
  public init(unchecked value: String) { self.value = value }

  public static func fitsPattern(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_.:-".utf8.contains($0) }
  }

  public static func < (one: RoleName, other: RoleName) -> Bool { one.value < other.value }
}

extension UInt8 {
  var isASCIIAlphanumeric: Bool {
    self &- UInt8(ascii: "0") < 10 || (self | 0x20) &- UInt8(ascii: "a") < 26
  }
}

/// An email address: trimmed, NFC, lower case, with exactly one @ between two parts.
public struct Email: BoundedText {
  public let value: String
  public static let length = 3...320
  public static let pattern: String? = "^[^@\\s]+@[^@\\s]+$"
  public init(unchecked value: String) { self.value = value }

  public static var shape: Shape { .string(length: length, pattern: pattern) }

  public init(_ text: String) throws(Mismatch) {
    self.init(unchecked: Self.isPlain(text) ? text : try Self.normalized(text))
  }

  /// Whether this is what `normalized` makes, at a glance: lower-case ASCII around one @.
  private static func isPlain(_ text: String) -> Bool {
    var signs = 0
    for byte in text.utf8 {
      guard (0x21..<0x7F).contains(byte), !(0x41...0x5A).contains(byte) else { return false }
      if byte == UInt8(ascii: "@") { signs += 1 }
    }
    let at = UInt8(ascii: "@")
    return signs == 1 && text.utf8.first != at && text.utf8.last != at
      && length.contains(text.utf8.count)
  }

  private static func normalized(_ text: String) throws(Mismatch) -> String {
    let text = Fold.composed(text.trimmed.lowercased())
    let at = UInt8(ascii: "@")
    guard let sign = text.utf8.firstIndex(of: at), sign != text.utf8.startIndex,
      let rest = text.utf8.index(sign, offsetBy: 1, limitedBy: text.utf8.endIndex),
      rest != text.utf8.endIndex, !text.utf8[rest...].contains(at)
    else { throw Mismatch("must be an email address: one @ between a name and a domain") }
    if text.holdsSpace || text.holdsControl {
      throw Mismatch("must not contain spaces or control characters")
    }
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw Mismatch("must have 3 to 320 characters, not \(count)")
    }
    return text
  }
}

/// A list in which order and repetition mean nothing; kept sorted.
public struct TextSet<Element: BoundedText>: ParamValue {
  public let values: [String]

  static var length: ClosedRange<Int> { 0...100 }
  public static var shape: Shape { .array(Element.shape, length: length) }
  public static var placeholder: TextSet { TextSet(values: []) }

  private init(values: [String]) { self.values = values }

  public init(_ json: JSONValue) throws(Mismatch) {
    let values = try json.decodedElements(length: Self.length) {
      (element) throws(Mismatch) in try Element(element).value
    }
    self.values = Set(values).sorted()
  }
}

/// A search text: folded as the records are.
public struct SearchText: ParamValue {
  public let folded: String
  public static var shape: Shape { .string(length: 1...255) }
  public static var placeholder: SearchText { SearchText(folded: "") }

  private init(folded: String) { self.folded = folded }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard (1...255).contains(text.unicodeScalars.count) else {
      throw Mismatch("must have 1 to 255 characters, not \(text.unicodeScalars.count)")
    }
    folded = Fold.searchable(text)
  }
}

/// The domain of an email address, without the @.
public struct EmailDomain: ParamValue {
  public let value: String
  public static var shape: Shape { .string(length: 1...255) }
  public static var placeholder: EmailDomain { EmailDomain(value: "") }

  private init(value: String) { self.value = value }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    var domain = Fold.composed(text.trimmed.lowercased())
    domain = domain.behind("@") ?? domain
    guard !domain.isEmpty, !domain.holds("@"), domain.unicodeScalars.count <= 255 else {
      throw Mismatch("must be a domain such as example.com")
    }
    value = domain
  }
}

/// An id or an email, as callers name an account. A text that is neither names nobody.
public enum UserReference: ParamValue, Equatable, Sendable {
  case id(UserID)
  case email(String)
  case nobody

  public static var shape: Shape { .string(length: 1...320) }
  public static var placeholder: UserReference { .nobody }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard json.kind == .string else { throw Mismatch("must be a string: an id or an email") }
    if !json.isEscaped, let id = UserID(utf8: json.raw) {
      self = .id(id)
      return
    }
    let text = json.string ?? ""
    guard (1...320).contains(text.scalarCount) else {
      throw Mismatch("must have 1 to 320 characters")
    }
    self.init(text)
  }

  public init(_ text: String) {
    if let id = UserID(text) {
      self = .id(id)
      return
    }
    do {
      self = .email(try Email(text).value)
    } catch {
      self = .nobody
    }
  }
}

/// The host's own data about an account: a JSON object, kept as compact text.
public struct Metadata: ParamValue {
  /// Length of the compact text.
  public static let byteCountMax = 16 * 1024
  public static let depthMax = 32

  /// nil stands for an empty object.
  public let json: JSONValue?

  public static var shape: Shape { .map }
  public static var placeholder: Metadata { Metadata() }

  private init() { json = nil }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard json.kind == .object else { throw Mismatch("must be an object") }
    guard json.depth <= Self.depthMax else {
      throw Mismatch("must nest at most \(Self.depthMax) deep")
    }
    self.json = json
  }
}
