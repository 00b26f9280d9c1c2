/// Who may call a method.
public enum Access: Sendable, Equatable {
  /// Any client, even without a credential.
  case open
  /// Any caller with a valid credential; each part of the request is checked by itself.
  case authenticated
  case needs(Capability)
  /// A caller who holds one of the two; the params decide which.
  case needsEither(Capability, Capability)

  public var capabilities: [Capability] {
    switch self {
    case .open, .authenticated: []
    case .needs(let capability): [capability]
    case .needsEither(let one, let other): [one, other]
    }
  }
}
