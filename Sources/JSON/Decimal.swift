/// A number as significant digits and a power of ten. All spellings of a number give equal values.
struct Decimal: Equatable {
  let isNegative: Bool
  /// ASCII digits, of which the first and the last are not zero; empty for zero.
  let digits: [UInt8]
  /// The position of the decimal point: the value is 0.`digits` times ten to this power.
  let power: Int

  /// Reads a number that a parser has accepted; nil if the exponent does not fit in `Int`.
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    var rest = text[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    let mantissa = rest.prefix { $0 | 0x20 != UInt8(ascii: "e") }
    let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
    let all = mantissa.filter { $0 != UInt8(ascii: ".") }
    let significant = all.drop { $0 == UInt8(ascii: "0") }
    let zeros = significant.reversed().prefix { $0 == UInt8(ascii: "0") }.count
    let digits = Array(significant.dropLast(zeros))
    if digits.isEmpty {
      (self.isNegative, self.digits, power) = (false, [], 0)
      return
    }
    var power = whole.count - (all.count - significant.count)
    if mantissa.endIndex != rest.endIndex {
      var exponent = rest[(mantissa.endIndex + 1)...]
      if exponent.first == UInt8(ascii: "+") { exponent = exponent.dropFirst() }
      guard let shift = Int(String(decoding: exponent, as: UTF8.self)) else { return nil }
      let (sum, isTooFar) = power.addingReportingOverflow(shift)
      if isTooFar { return nil }
      power = sum
    }
    (self.isNegative, self.digits, self.power) = (isNegative, digits, power)
  }

  /// nil for a fraction, and for a number that does not fit.
  var int: Int? {
    if digits.isEmpty { return 0 }
    // The largest `Int` has 19 digits.
    guard power >= digits.count, power <= 19 else { return nil }
    var value = 0
    for at in 0..<power {
      let digit = at < digits.count ? Int(digits[at] - UInt8(ascii: "0")) : 0
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) =
        isNegative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }
}
