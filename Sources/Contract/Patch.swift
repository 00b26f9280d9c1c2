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
