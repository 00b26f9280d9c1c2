public import JSON

extension JSONValue {
  /// The elements of a list of `length`, each decoded; throws what is wrong with any of them.
  public func decodedElements<T>(
    length: ClosedRange<Int>, _ decode: (JSONValue) throws(Mismatch) -> T
  ) throws(Mismatch) -> [T] {
    guard kind == .array else { throw Mismatch("must be a list") }
    let count = count
    guard length.contains(count) else {
      throw Mismatch(
        "must have \(length.lowerBound) to \(length.upperBound) entries, not \(count)")
    }
    var values: [T] = []
    var problems: [Failure.Problem] = []
    for (at, element) in elements.enumerated() {
      do throws(Mismatch) {
        values.append(try decode(element))
      } catch {
        problems += error.problems.map { .init("/\(at)\($0.pointer)", $0.message) }
      }
    }
    if !problems.isEmpty { throw Mismatch(problems) }
    return values
  }
}

/// The params of a method, declared once, by initializing each from the visitor.
public protocol Params: SendableMetatype {
  init(_ v: inout ParamVisitor)
}
