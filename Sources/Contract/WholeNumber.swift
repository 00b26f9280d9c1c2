public import JSON

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
