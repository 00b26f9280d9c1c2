internal import Contract

/// The reason why a caller lacks a capability.
enum CapabilityLimit {
  case roles, launch, token

  var hint: Words {
    switch self {
    case .roles: "Ask an owner or admin, or start Roster as one."
    case .launch:
      "The launch options exclude it (--read-only, --allow, --deny, --org)."
    case .token: "The scopes of the token exclude it; start Roster with another token."
    }
  }
}
