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

private struct Delivery: ResultValue {
  let isDelivered: Bool

  static var shape: Shape { .nullable(.boolean) }
  func write(into out: inout ByteBuffer) { out.write(isDelivered) }
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
