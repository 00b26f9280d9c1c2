public import Contract

/// A param that comes to a text.
public protocol TextParam: ParamValue {
  var value: String { get }
}
