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
