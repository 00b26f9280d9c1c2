public import Contract
public import JSON

/// A text that its initializer has validated: trimmed, NFC, of a bounded length, without control
/// characters, and with a visible character.
public protocol BoundedText: TextParam, Hashable, Sendable {
  init(unchecked value: String)
  init(_ text: String) throws(InvalidValue)
  /// In characters (Unicode scalars, as JSON Schema counts).
  static var length: ClosedRange<Int> { get }
  /// An additional rule as a regular expression, for messages and schemas; `fitsPattern` checks it.
  static var pattern: String? { get }
  static func fitsPattern(_ text: String) -> Bool
}

extension BoundedText {
  public static var pattern: String? { nil }
  public static func fitsPattern(_ text: String) -> Bool { true }
  public static var placeholder: Self { Self(unchecked: "") }
  public static var schema: Schema { .string(length: length, pattern: pattern) }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    self = try Self(text)
  }

  public init(_ text: String) throws(InvalidValue) {
    let text = TextNormalization.composed(text.trimmed)
    if text.holdsControl { throw InvalidValue("must not contain control characters") }
    if !text.isASCII, !text.unicodeScalars.contains(where: \.isShown) {
      throw InvalidValue("must have a visible character")
    }
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw InvalidValue(
        "must have \(Self.length.lowerBound) to \(Self.length.upperBound) characters, not \(count)")
    }
    guard Self.fitsPattern(text) else { throw InvalidValue("must match \(Self.pattern ?? "")") }
    self.init(unchecked: text)
  }
}
