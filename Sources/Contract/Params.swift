public import JSON

extension JSONValue {
  /// The decoded elements of a list, whose count must be in `length`; throws the problems of all
  /// elements.
  public func decodedElements<T>(
    length: ClosedRange<Int>, _ decode: (JSONValue) throws(InvalidValue) -> T
  ) throws(InvalidValue) -> [T] {
    guard kind == .array else { throw InvalidValue("must be a list") }
    let count = count
    guard length.contains(count) else {
      throw InvalidValue(
        "must have \(length.lowerBound) to \(length.upperBound) entries, not \(count)")
    }
    var values: [T] = []
    values.reserveCapacity(count)
    var problems: [Failure.Problem] = []
    for (at, element) in elements.enumerated() {
      do throws(InvalidValue) {
        values.append(try decode(element))
      } catch {
        problems += error.problems.map { .init("/\(at)\($0.pointer)", $0.message) }
      }
    }
    if !problems.isEmpty { throw InvalidValue(problems) }
    return values
  }
}

/// The params of a method, declared once, by initializing each from the visitor.
public protocol Params: SendableMetatype {
  init(_ v: inout ParamVisitor)
}
