public import Contract
public import JSON

/// The status of an account: the first case that applies.
public enum UserStatus: String, EnumParam, ResultValue, Sendable {
  case deleted, disabled, invited, active

  public static var words: [String] { ["active", "invited", "disabled", "deleted"] }
  public static var placeholder: UserStatus { .active }

  public func write(into out: inout ByteBuffer) {
    switch self {
    case .active: out.append("\"active\"")
    case .invited: out.append("\"invited\"")
    case .disabled: out.append("\"disabled\"")
    case .deleted: out.append("\"deleted\"")
    }
  }
}
