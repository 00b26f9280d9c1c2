/// What a method needs its caller to hold. Every method names one, or says that it is open to all.
public enum Capability: String, CaseIterable, Sendable {
  case read = "users.read"
  case create = "users.create"
  case update = "users.update"
  case purge = "users.purge"
  case grant = "users.grant"

  /// Its place in a table with one entry a capability.
  @inlinable public var index: Int {
    switch self {
    case .read: 0
    case .create: 1
    case .update: 2
    case .purge: 3
    case .grant: 4
    }
  }
}

/// Who may call a method.
public enum Access: Sendable, Equatable {
  /// Anybody, also without a credential.
  case open
  case needs(Capability)
}

/// What calling a method can change.
public enum Effect: String, Sendable {
  case read, write, destructive
}
