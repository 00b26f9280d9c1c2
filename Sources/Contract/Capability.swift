/// A right that a method requires of its caller. Every method declares its own; there is no
/// default.
public enum Capability: String, CaseIterable, Sendable {
  case read = "users.read"
  case create = "users.create"
  case update = "users.update"
  case invite = "users.invite"
  case resetPassword = "users.reset_password"
  /// Deleting accounts so that they can be restored, and restoring them.
  case delete = "users.delete"
  /// Deleting accounts permanently.
  case purge = "users.purge"
  /// Giving and taking roles.
  case grant = "users.grant"
  case events = "users.events"
  case tokens = "users.tokens"

  /// Its index in a table with one entry for each capability.
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
