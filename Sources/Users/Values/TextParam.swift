public import Contract

/// A param whose value is a text.
public protocol TextParam: ParamValue {
  var value: String { get }
}
