public import Contract
public import JSON

/// Where an account stands; the first that applies.
public enum UserStatus: String, WordParam, ResultValue, Sendable {
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
