internal import Contract
internal import JSON
internal import Users

/// The result fields that report how a new secret was delivered.
struct SecretDelivery: ResultSchema {
  var delivered: Delivery?
  var oneTime: OneTimeSecret?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.optional(
      "delivered", delivered,
      "Whether the mailer accepted the email; null in a repeated answer.")
    v.optional(
      "one_time", oneTime, "The secret, if Roster runs without mail. Only this answer contains it.")
  }

  static var sample: SecretDelivery { SecretDelivery() }

  /// The fields of an account's record, and how its secret was delivered.
  static var userFields: [Field] {
    UserView.describedFields + ResultDescriber.fields(of: SecretDelivery.self)
  }
}

extension ScopedStore {
  /// Refuses an agent's call without mail: agents see no secrets, so the new one would be lost.
  func checkDeliveryChannel() throws(Failure) {
    if request.audience == .agent, !control.isMailing { throw .mailNeeded }
  }

  /// Delivers a secret: by mail if there is mail, otherwise in the answer.
  func delivery(of letter: Letter, to user: UserID) -> SecretDelivery {
    if request.isRolledBack { return SecretDelivery(delivered: .known(false)) }
    if control.isMailing { return SecretDelivery(delivered: .pending(letter, to: user)) }
    return SecretDelivery(delivered: .known(false), oneTime: OneTimeSecret(letter))
  }

  /// Writes the fields of a result that may contain secrets.
  func write(fieldsOf result: some ResultSchema, into out: inout ByteBuffer) {
    withUnsafeMutablePointer(to: &out) { out in
      var writer = AnswerWriter(out, request)
      result.fields(&writer)
    }
  }

  /// Writes the record of an account, and the method's extra fields.
  func write(
    _ user: PackedUser, into out: inout ByteBuffer, _ more: (inout ByteBuffer) -> Void = { _ in }
  ) {
    out.append("{")
    user.withRow { $0.fields(&out, isCurrent: $0.id == callerID) }
    more(&out)
    out.append("}")
  }

  /// Writes the record of an account after a change.
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
