public import JSON

/// A type that can stand in params: it describes itself and is made from JSON, or not at all.
public protocol ParamValue {
  static var shape: Shape { get }
  /// Stands in for a value that did not come; never seen by a method.
  static var placeholder: Self { get }
  init(_ json: JSONValue) throws(Mismatch)
}
