internal import Contract
internal import JSON
internal import Users

/// A secret that is sent in one answer only.
struct OneTimeSecret: ResultSchema, ResultValue {
  var invitationToken: String?
  var temporaryPassword: String?
  var resetToken: String?
  var sessionToken: String?
  let expiresAt: Timestamp

  init(session: String, expiresAt: Timestamp) {
    sessionToken = session
    self.expiresAt = expiresAt
  }

  init(_ letter: Letter) {
    expiresAt = letter.expiresAt
    switch letter.kind {
    case .invitation: invitationToken = letter.secret
    case .temporaryPassword: temporaryPassword = letter.secret
    case .passwordReset: resetToken = letter.secret
    }
  }

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.optional("invitation_token", invitationToken, "For users.accept_invitation.")
    v.optional("temporary_password", temporaryPassword, "For users.change_password only.")
    v.optional("reset_token", resetToken, "For users.complete_password_reset.")
    v.optional("session_token", sessionToken, "A credential to start Roster with.")
    v.field("expires_at", expiresAt, "When it ends.")
  }

  static var sample: OneTimeSecret {
    OneTimeSecret(
      Letter(
        kind: .invitation, email: "", name: "", secret: "",
        expiresAt: Timestamp(milliseconds: 0)))
  }
  static var isSecret: Bool { true }
  static var schema: Schema { .secret(.object(ResultDescriber.fields(of: OneTimeSecret.self))) }

  func write(into out: inout ByteBuffer) {
    out.append("{")
    fields(&out)
    out.append("}")
  }
}
