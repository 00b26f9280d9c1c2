/// What a method needs its caller to hold. Every method says what it needs; there is no default.
public enum Capability: String, CaseIterable, Sendable {
  case read = "users.read"
  case create = "users.create"
  case update = "users.update"
  case invite = "users.invite"
  case resetPassword = "users.reset_password"
  /// Deleting so that it can be undone, and undoing it.
  case delete = "users.delete"
  /// Deleting for good.
  case purge = "users.purge"
  /// Giving and taking roles.
  case grant = "users.grant"
  case events = "users.events"
  case tokens = "users.tokens"

  /// Its place in a table with one entry a capability.
  @inlinable public var index: Int {
    switch self {
    case .read: 0
    case .create: 1
    case .update: 2
    case .invite: 3
    case .resetPassword: 4
    case .delete: 5
    case .purge: 6
    case .grant: 7
    case .events: 8
    case .tokens: 9
    }
  }
}
