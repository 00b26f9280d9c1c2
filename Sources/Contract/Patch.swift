/// The change that an update makes to one field.
public enum Patch<Value> {
  case keep, clear
  case set(Value)

  public var isKept: Bool {
    if case .keep = self { true } else { false }
  }

  /// The value after the patch; nil for none.
  public func apply(to old: Value?) -> Value? {
    switch self {
    case .keep: old
    case .clear: nil
    case .set(let value): value
    }
  }

  /// The value after the patch, for a field that must have one.
  public func applyRequired(to old: Value) -> Value {
    if case .set(let value) = self { value } else { old }
  }
}
