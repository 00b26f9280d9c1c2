public import JSON

/// A param that is a whole number within a range.
public protocol IntegerParam: ParamValue {
  static var range: ClosedRange<Int> { get }
  init(unchecked value: Int)
}

extension IntegerParam {
  public static var schema: Schema { .integer(range) }
  public static var placeholder: Self { Self(unchecked: range.lowerBound) }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let value = json.int, Self.range.contains(value) else {
      let (low, high) = (Self.range.lowerBound, Self.range.upperBound)
      throw InvalidValue(
        "must be a whole number from \(low) " + (high < .max ? "to \(high)" : "on"))
    }
    self.init(unchecked: value)
  }
}
