public import JSON

/// Why a value doesn't fit, in words for a person; the pointers lead into the value.
public struct Mismatch: Error {
  /// At least one.
  public let problems: [Failure.Problem]

  public init(_ message: String) { problems = [.init("", message)] }

  /// `problems` has at least one; its pointers lead into the value.
  public init(_ problems: [Failure.Problem]) { self.problems = problems }

  public var message: String { problems.map(\.message).joined(separator: "; ") }
}

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

/// A type that can stand in params: it describes itself and is made from JSON, or not at all.
public protocol ParamValue {
  static var shape: Shape { get }
  /// Stands in for a value that did not come; never seen by a method.
  static var placeholder: Self { get }
  init(_ json: JSONValue) throws(Mismatch)
}

/// The params of a method, declared once, by initializing each from the visitor.
public protocol Params: SendableMetatype {
  init(_ v: inout ParamVisitor)
}

/// What an update says of one field.
public enum Patch<Value> {
  case keep, clear
  case set(Value)

  public var isKept: Bool {
    if case .keep = self { true } else { false }
  }

  /// The field after the patch; null stands for none.
  public func apply(to old: Value?) -> Value? {
    switch self {
    case .keep: old
    case .clear: nil
    case .set(let value): value
    }
  }

  /// The field after the patch, for one that can't be without a value.
  public func applyRequired(to old: Value) -> Value {
    if case .set(let value) = self { value } else { old }
  }
}

/// For methods that take nothing.
public struct NoParams: Params {
  public init(_ v: inout ParamVisitor) {}
}
