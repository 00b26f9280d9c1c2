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

/// Who may call a method.
public enum Access: Sendable, Equatable {
  /// Anybody, also without a credential.
  case open
  /// Any caller with a valid credential; what they ask for is checked piece by piece.
  case authenticated
  case needs(Capability)
  /// Who holds one of the two; the params decide which.
  case needsEither(Capability, Capability)

  public var capabilities: [Capability] {
    switch self {
    case .open, .authenticated: []
    case .needs(let capability): [capability]
    case .needsEither(let one, let other): [one, other]
    }
  }
}

/// What calling a method can change.
public enum Effect: String, Sendable {
  case read
  /// Adds something, or brings it back.
  case write
  /// Can also remove or overwrite what an account holds.
  case destructive
}
