internal import Secrets
public import Users

/// Remembered answers, and which accounts they may tell of.
final class AnswerTable {
  private let connection: Connection
  private var statements: [SQL: Statement] = [:]

  private enum SQL: String {
    case find = "SELECT request, text, at, proof, user_key, user_tail FROM answers WHERE key = ?"
    case put =
      """
      REPLACE INTO answers (key, request, text, at, proof, user_key, user_tail)
        VALUES (?, ?, ?, ?, ?, ?, ?)
      """
    case forget = "DELETE FROM answers WHERE at < ?"
    case putSubject = "REPLACE INTO answer_subjects (user_key, answer) VALUES (?, ?)"
    case findAbout =
      """
      SELECT request, text, at, proof, user_key, user_tail, key FROM answers
        WHERE key IN (SELECT answer FROM answer_subjects WHERE user_key = ?)
      """
    case rewrite = "UPDATE answers SET text = ? WHERE key = ?"
  }

  init(_ connection: Connection) { self.connection = connection }

  private func statement(_ sql: SQL) throws(StoreError) -> Statement {
    try connection.prepare(once: &statements[sql], sql.rawValue)
  }

  func answer(to key: [UInt8]) throws(StoreError) -> Answer? {
    let statement = try statement(.find)
    defer { statement.reset() }
    statement.bind(1, copying: key)
    return try statement.step() ? Self.answer(statement) : nil
  }

  private static func answer(_ statement: Statement) -> Answer {
    var answer = Answer(
      request: Array(statement.bytes(0)), text: statement.text(1)?.string ?? "",
      at: Timestamp(milliseconds: statement.int(2)))
    answer.proof = statement.text(3).map { PasswordHash(text: $0.string) }
    answer.userID = statement.optionalInt(4).map { UserID(key: $0, tail: statement.int(5)) }
    return answer
  }

  func put(_ answer: Answer, to key: [UInt8], forgottenBefore: Timestamp) throws(StoreError) {
    let put = try statement(.put)
    put.bind(1, copying: key)
    put.bind(2, copying: answer.request)
    put.bind(3, copying: answer.text)
    put.bind(4, answer.at.milliseconds)
    put.bind(5, copying: answer.proof?.text)
    put.bind(6, answer.userID?.key)
    put.bind(7, answer.userID?.tail)
    try put.run()
    for user in answer.subjects {
      let subject = try statement(.putSubject)
      subject.bind(1, user.key)
      subject.bind(2, copying: key)
      try subject.run()
    }
    let forget = try statement(.forget)
    forget.bind(1, forgottenBefore.milliseconds)
    try forget.run()
  }

  func redact(about user: UserID) throws(StoreError) {
    let found = try statement(.findAbout)
    defer { found.reset() }
    found.bind(1, user.key)
    var redacted: [(key: [UInt8], text: String)] = []
    while try found.step() {
      redacted.append((Array(found.bytes(6)), Self.answer(found).redacted(of: user).text))
    }
    for (key, text) in redacted {
      let rewrite = try statement(.rewrite)
      rewrite.bind(1, copying: text)
      rewrite.bind(2, copying: key)
      try rewrite.run()
    }
  }
}

extension SQLiteUserStore {
  public func answer(to key: [UInt8]) throws(StoreError) -> Answer? { try answers.answer(to: key) }

  public func remember(
    _ answer: Answer, to key: [UInt8], forgottenBefore: Timestamp
  ) throws(StoreError) {
    try answers.put(answer, to: key, forgottenBefore: forgottenBefore)
    Failpoint.hit(.answerRemembered)
  }

  public func redactAnswers(about user: UserID) throws(StoreError) {
    try answers.redact(about: user)
  }
}
