public import JSON

/// Why a value doesn't fit, in words for a person.
public struct Mismatch: Error {
  public let message: String
  /// Where inside the value: a JSON pointer, empty for the value itself.
  public let pointer: String

  public init(_ message: String, at pointer: String = "") {
    self.message = message
    self.pointer = pointer
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
public protocol Params {
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
