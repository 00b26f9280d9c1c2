internal import Contract

/// What keeps a capability from a caller.
enum CapabilityLimit {
  case roles, launch, token

  var hint: Words {
    switch self {
    case .roles: "Ask an owner or admin, or start Roster as one."
    case .launch:
      "Roster was started with limits that take it away (--read-only, --allow, --deny, --org)."
    case .token: "The token is narrowed to other scopes; start Roster with another one."
    }
  }
}
