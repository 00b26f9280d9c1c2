public import JSON

/// A param that is one of a few words.
public protocol WordParam: ParamValue, CaseIterable, RawRepresentable where RawValue == String {
  /// In the order in which documents and messages list them.
  static var words: [String] { get }
}

extension WordParam {
  public static var words: [String] { allCases.map(\.rawValue) }
  public static var shape: Shape { .words(words) }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let value = json.string.flatMap({ Self(rawValue: $0) }) else {
      let quoted = Self.words.map { "\"\($0)\"" }
      let all = quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
      throw Mismatch("must be \(all)")
    }
    self = value
  }
}

/// A param that is a whole number within a range.
public protocol WholeNumber: ParamValue {
  static var range: ClosedRange<Int> { get }
  init(unchecked value: Int)
}

extension WholeNumber {
  public static var shape: Shape { .integer(range) }
  public static var placeholder: Self { Self(unchecked: range.lowerBound) }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let value = json.int, Self.range.contains(value) else {
      let (low, high) = (Self.range.lowerBound, Self.range.upperBound)
      throw Mismatch("must be a whole number from \(low) " + (high < .max ? "to \(high)" : "on"))
    }
    self.init(unchecked: value)
  }
}
