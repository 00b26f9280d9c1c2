internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// What answers tell of a secret that was made: where it went.
struct Handout: ResultShape {
  var delivered: Bool?
  var oneTime: OneTime?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.optional(
      "delivered", delivered.map { Delivery(isDelivered: $0) },
      "Whether a letter with the secret was handed to the mailer; null in a repeated answer.")
    v.optional("one_time", oneTime, "The secret, where no mail goes out. It is told this once.")
  }

  static var sample: Handout { Handout() }

  /// The record of an account, and what was handed out with it.
  static var userFields: [Field] {
    UserRow.describedFields + ResultDescriber.fields(of: Handout.self)
  }
}

/// What answers tell of a change by which an account came to more power.
struct EndedAccess: ResultShape {
  var count: Int?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.optional(
      "access_ended", count,
      "How many of its secrets have ended, since it may do more now than who asked for them.")
  }

  static var sample: EndedAccess { EndedAccess() }

  /// The record of an account, and what has ended with its change.
  static var userFields: [Field] {
    UserRow.describedFields + ResultDescriber.fields(of: EndedAccess.self)
  }
}

private struct Delivery: ResultValue {
  let isDelivered: Bool

  static var shape: Shape { .nullable(.boolean) }
  func write(into out: inout ByteBuffer) { out.write(isDelivered) }
}

/// A secret in an answer, the only time that it is shown.
struct OneTime: ResultShape, ResultValue {
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

  static var sample: OneTime {
    OneTime(
      Letter(
        kind: .invitation, email: "", name: "", secret: "",
        expiresAt: Timestamp(milliseconds: 0)))
  }
  static var shape: Shape { .secret(.object(ResultDescriber.fields(of: OneTime.self))) }

  func write(into out: inout ByteBuffer) {
    out.append("{")
    fields(&out)
    out.append("}")
  }
}

extension ScopedStore {
  /// Refuses where a secret would reach nobody: agents are not shown any.
  func checkHandoutWay() throws(Failure) {
    if request.audience == .agent, !gate.isMailing { throw .mailNeeded }
  }

  /// Sends a letter once the group is kept; without mail its secret is in the answer.
  func handOut(_ letter: Letter, _ out: inout ByteBuffer) {
    out.member("delivered")
    if request.isRehearsal { return out.append("false") }
    if gate.isMailing { return request.outbox.post(letter, place: out.count) }
    out.append("false")
    show(OneTime(letter), as: "one_time", &out)
  }

  /// Writes a member that is not remembered; none for what will be undone.
  func show(_ secret: some ResultValue, as name: StaticString, _ out: inout ByteBuffer) {
    if request.isRehearsal || request.audience == .agent { return }
    let start = out.count
    out.member(name)
    secret.write(into: &out)
    request.outbox.addSecret(start..<out.count)
  }

  /// Writes the record of an account, and what else its method tells.
  func write(
    _ user: StoredUser, into out: inout ByteBuffer, _ more: (inout ByteBuffer) -> Void = { _ in }
  ) {
    out.append("{")
    user.withRow { $0.fields(&out, isCurrent: $0.id == callerID) }
    more(&out)
    out.append("}")
  }

  /// Writes the record of an account as a change has left it.
  func write(
    _ applied: AccountWriter<Store>.Applied, into out: inout ByteBuffer,
    _ more: (inout ByteBuffer) -> Void = { _ in }
  ) {
    guard let user = applied.user else { return out.append("null") }
    write(user, into: &out) { out in
      if applied.endedCount > 0 { EndedAccess(count: applied.endedCount).fields(&out) }
      more(&out)
    }
  }
}
