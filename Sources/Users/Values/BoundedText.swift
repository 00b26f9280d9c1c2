public import Contract
public import JSON

/// A text that is valid by having been made: trimmed, NFC, of a bounded length, without control
/// characters, and with something to see.
public protocol BoundedText: TextParam, Hashable, Sendable {
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
    if !text.isASCII, !text.unicodeScalars.contains(where: \.isShown) {
      throw Mismatch("must have a character that can be seen")
    }
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw Mismatch(
        "must have \(Self.length.lowerBound) to \(Self.length.upperBound) characters, not \(count)")
    }
    guard Self.fitsPattern(text) else { throw Mismatch("must match \(Self.pattern ?? "")") }
    self.init(unchecked: text)
  }
}
