internal import Contract
internal import JSON
internal import Users

/// What answers tell of a secret that was made: where it went.
struct Handout: ResultShape {
  var delivered: Delivery?
  var oneTime: OneTime?

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.optional(
      "delivered", delivered,
      "Whether a letter with the secret was handed to the mailer; null in a repeated answer.")
    v.optional("one_time", oneTime, "The secret, where no mail goes out. It is told this once.")
  }

  static var sample: Handout { Handout() }

  /// The record of an account, and what was handed out with it.
  static var userFields: [Field] {
    UserRow.describedFields + ResultDescriber.fields(of: Handout.self)
  }
}

extension ScopedStore {
  /// Refuses where a secret would reach nobody: agents are not shown any.
  func checkHandoutWay() throws(Failure) {
    if request.audience == .agent, !gate.isMailing { throw .mailNeeded }
  }

  /// What becomes of a secret: it goes out by mail, or is told.
  func handout(of letter: Letter, to user: UserID) -> Handout {
    if request.isRehearsal { return Handout(delivered: .known(false)) }
    if gate.isMailing { return Handout(delivered: .pending(letter, to: user)) }
    return Handout(delivered: .known(false), oneTime: OneTime(letter))
  }

  /// Writes the members of a result that may hold secrets.
  func write(membersOf result: some ResultShape, into out: inout ByteBuffer) {
    withUnsafeMutablePointer(to: &out) { out in
      var writer = AnswerWriter(out, request)
      result.fields(&writer)
    }
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
