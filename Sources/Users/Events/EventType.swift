public import Contract
public import JSON

/// What happened to an account or to the policy.
public enum EventType: String, EnumParam, ResultValue, Sendable {
  case userCreated = "user_created"
  case userUpdated = "user_updated"
  case userDeleted = "user_deleted"
  case userRestored = "user_restored"
  case userInvited = "user_invited"
  case invitationAccepted = "invitation_accepted"
  case passwordResetRequested = "password_reset_requested"
  case passwordChanged = "password_changed"
  case tokenCreated = "token_created"
  case tokenRevoked = "token_revoked"
  case policyChanged = "policy_changed"

  public static var placeholder: EventType { .userCreated }

  public func write(into out: inout ByteBuffer) { out.write(rawValue) }
}
