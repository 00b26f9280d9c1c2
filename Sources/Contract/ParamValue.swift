public import JSON

/// A type of params: it describes itself, and its initializer validates JSON.
public protocol ParamValue {
  static var schema: Schema { get }
  /// Replaces a value that is missing or invalid while problems are collected; a method never gets
  /// it.
  static var placeholder: Self { get }
  init(_ json: JSONValue) throws(InvalidValue)
}
