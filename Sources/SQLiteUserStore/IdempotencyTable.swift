internal import Secrets
public import Users

/// Idempotency records, and the accounts that each may contain.
final class IdempotencyTable {
  private let connection: Connection
  private var statement: FixedStatements<SQL>

  private enum SQL: String {
    case find = "SELECT request, text, at, proof, user_key, user_tail FROM answers WHERE key = ?"
    case put =
      """
      REPLACE INTO answers (key, request, text, at, proof, user_key, user_tail)
        VALUES (?, ?, ?, ?, ?, ?, ?)
      """
    case forget = "DELETE FROM answers WHERE at < ?"
    case putSubject = "REPLACE INTO answer_subjects (user_key, answer) VALUES (?, ?)"
    case findAbout = "SELECT answer FROM answer_subjects WHERE user_key = ?"
    case rewrite = "UPDATE answers SET text = ? WHERE key = ?"
  }

  init(_ connection: Connection) {
    self.connection = connection
    statement = FixedStatements(connection)
  }

  func answer(to key: [UInt8]) throws(StoreError) -> IdempotencyRecord? {
    let statement = try self.statement(.find)
    defer { statement.reset() }
    statement.bind(1, copying: key)
    return try statement.step() ? Self.answer(statement) : nil
  }

  /// The record in six columns, in the order of the statements above.
  static func answer(_ statement: Statement) -> IdempotencyRecord {
    var answer = IdempotencyRecord(
      request: Array(statement.bytes(0)), text: statement.text(1)?.string ?? "",
      at: Timestamp(milliseconds: statement.int(2)))
    answer.proof = statement.text(3).map { PasswordHash(text: $0.string) }
    answer.userID = statement.optionalInt(4).map { UserID(key: $0, tail: statement.int(5)) }
    return answer
  }

  func put(_ answer: IdempotencyRecord, to key: [UInt8], forgottenBefore: Timestamp)
    throws(StoreError)
  {
    let answer = gone.isEmpty ? answer : answer.redacted(of: gone)
    let put = try self.statement(.put)
    put.bind(1, copying: key)
    put.bind(2, copying: answer.request)
    put.bind(3, copying: answer.text)
    put.bind(4, answer.at.milliseconds)
    put.bind(5, copying: answer.proof?.text)
    put.bind(6, answer.userID?.key)
    put.bind(7, answer.userID?.tail)
    try put.run()
    try putSubjects(of: answer, key)
    let forget = try self.statement(.forget)
    forget.bind(1, forgottenBefore.milliseconds)
    try forget.run()
  }

  /// The accounts that were permanently deleted in this transaction. Data about them is removed
  /// from records that are stored later in it.
  private var gone: Set<UserID> = []
  /// The accounts among them whose earlier records are not rewritten yet. This is done when the
  /// transaction or savepoint ends, so that a record of a thousand accounts is rewritten once.
  private var unwritten: Set<UserID> = []
  /// `gone` at the start of each open savepoint, the innermost last.
  private var goneBefore: [Set<UserID>] = []

  func redact(about user: UserID) {
    gone.insert(user)
    unwritten.insert(user)
  }

  func beginSavepoint() { goneBefore.append(gone) }

  func endSavepoint(isKept: Bool) {
    guard let before = goneBefore.popLast(), !isKept else { return }
    gone = before
    unwritten.removeAll()
  }

  /// Call this after a commit or a rollback.
  func forget() {
    gone.removeAll()
    unwritten.removeAll()
    goneBefore.removeAll()
  }

  func flush() throws(StoreError) {
    if unwritten.isEmpty { return }
    var keys: Set<[UInt8]> = []
    for user in unwritten {
      let records = try self.statement(.findAbout)
      defer { records.reset() }
      records.bind(1, user.key)
      while try records.step() { keys.insert(Array(records.bytes(0))) }
    }
    for key in keys {
      guard let answer = try answer(to: key) else { continue }
      let rewrite = try self.statement(.rewrite)
      rewrite.bind(1, copying: answer.redacted(of: unwritten).text)
      rewrite.bind(2, copying: key)
      try rewrite.run()
    }
    unwritten.removeAll()
  }

  /// Fills `answer_subjects` for records that are older than that table.
  func indexAll() throws(StoreError) {
    let all = try connection.prepare(
      "SELECT request, text, at, proof, user_key, user_tail, key FROM answers")
    while try all.step() {
      try putSubjects(of: Self.answer(all), Array(all.bytes(6)))
    }
  }

  private func putSubjects(of answer: IdempotencyRecord, _ key: [UInt8]) throws(StoreError) {
    for user in answer.subjects {
      let subject = try self.statement(.putSubject)
      subject.bind(1, user.key)
      subject.bind(2, copying: key)
      try subject.run()
    }
  }
}

extension SQLiteUserStore {
  public func answer(to key: [UInt8]) throws(StoreError) -> IdempotencyRecord? {
    try answers.flush()
    return try answers.answer(to: key)
  }

  public func remember(
    _ answer: IdempotencyRecord, to key: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError) {
    try answers.put(answer, to: key, forgottenBefore: forgottenBefore)
    Failpoint.hit(.answerRemembered)
  }

  public func redactAnswers(about user: UserID) throws(StoreError) {
    answers.redact(about: user)
  }
}
