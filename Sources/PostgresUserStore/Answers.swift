internal import Secrets
public import Users

// Idempotency records, and the accounts that each may contain.
extension PostgresUserStore {
  public func answer(to key: [UInt8]) throws(StoreError) -> IdempotencyRecord? {
    if isWriting { try rewriteAnswers() }
    return try storedAnswer(to: key)
  }

  private func storedAnswer(to key: [UInt8]) throws(StoreError) -> IdempotencyRecord? {
    var values = Parameters()
    values.add(key)
    let rows = try fetchChecked(recordSQL.answer, values)
    return rows.count == 0 ? nil : Self.answer(rows, 0)
  }

  /// The record in the first six columns of a row.
  static func answer(_ rows: Rows, _ at: Int32) -> IdempotencyRecord {
    var answer = IdempotencyRecord(
      request: Array(rows.bytes(at, 0)), text: rows.text(at, 1)?.string ?? "",
      at: Timestamp(milliseconds: rows.int(at, 2)))
    answer.proof = rows.text(at, 3).map { PasswordHash(text: $0.string) }
    answer.userID = rows.optionalInt(at, 4).map { UserID(key: $0, tail: rows.int(at, 5)) }
    return answer
  }

  static func values(of answer: IdempotencyRecord, _ key: [UInt8]) -> Parameters {
    var values = Parameters()
    values.add(key)
    values.add(answer.request)
    values.add(answer.text)
    values.add(answer.at.milliseconds)
    values.add(answer.proof?.text)
    values.add(answer.userID?.key)
    values.add(answer.userID?.tail)
    return values
  }

  public func remember(
    _ answer: IdempotencyRecord, to key: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError) {
    let answer = writes.gone.isEmpty ? answer : answer.redacted(of: writes.gone)
    try write(recordSQL.putAnswer, Self.values(of: answer, key))
    let subjects = answer.subjects
    if !subjects.isEmpty {
      var values = Parameters()
      values.add(subjects.map(\.key))
      values.add(key)
      try write(recordSQL.putSubjects, values)
    }
    try write(recordSQL.forgetAnswers, forgottenBefore.milliseconds)
    Failpoint.hit(.answerRemembered)
  }

  public func redactAnswers(about user: UserID) throws(StoreError) {
    writes.gone.insert(user)
    writes.unwritten.insert(user)
  }

  /// Removes data about permanently deleted accounts from earlier records. This is done when the
  /// transaction or savepoint ends, so that a record of a thousand accounts is rewritten once.
  func rewriteAnswers() throws(StoreError) {
    if writes.unwritten.isEmpty { return }
    var values = Parameters()
    values.add(writes.unwritten.map(\.key))
    let rows = try fetchChecked(recordSQL.answersAbout, values)
    for at in 0..<rows.count {
      let key = Array(rows.bytes(at, 0))
      guard let answer = try storedAnswer(to: key) else { continue }
      var values = Parameters()
      values.add(key)
      values.add(answer.redacted(of: writes.unwritten).text)
      try write(recordSQL.rewriteAnswer, values)
    }
    writes.unwritten.removeAll()
  }
}
