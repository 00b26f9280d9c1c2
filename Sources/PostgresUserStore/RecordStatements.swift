/// The fixed statements about idempotency records and settings.
struct RecordStatements {
  let answer: Statement
  let putAnswer: Statement
  let forgetAnswers: Statement
  let putSubjects: Statement
  let answersAbout: Statement
  let rewriteAnswer: Statement
  let cursorKey: Statement
  let putFeed: Statement
  let policy: Statement
  let putPolicy: Statement
  let removePolicy: Statement

  init(schema: String) {
    answer = Statement(
      name: "i1",
      sql: """
        SELECT request, text, at, proof, user_key, user_tail FROM \(schema).answers WHERE key = $1
        """)
    putAnswer = Statement(
      name: "i2",
      sql: """
        INSERT INTO \(schema).answers (key, request, text, at, proof, user_key, user_tail)
          VALUES ($1, $2, $3, $4, $5, $6, $7)
          ON CONFLICT (key) DO UPDATE SET request = excluded.request, text = excluded.text,
            at = excluded.at, proof = excluded.proof, user_key = excluded.user_key,
            user_tail = excluded.user_tail
        """)
    forgetAnswers = Statement(name: "i3", sql: "DELETE FROM \(schema).answers WHERE at < $1")
    putSubjects = Statement(
      name: "i4",
      sql: """
        INSERT INTO \(schema).answer_subjects (user_key, answer)
          SELECT unnest($1::bigint[]), $2 ON CONFLICT DO NOTHING
        """)
    answersAbout = Statement(
      name: "i5",
      sql: """
        SELECT DISTINCT answer FROM \(schema).answer_subjects WHERE user_key = ANY ($1::bigint[])
        """)
    rewriteAnswer = Statement(
      name: "i6", sql: "UPDATE \(schema).answers SET text = $2 WHERE key = $1")
    cursorKey = Statement(name: "d1", sql: "SELECT cursor_key FROM \(schema).directory")
    putFeed = Statement(
      name: "d5", sql: "UPDATE \(schema).directory SET feed_id = $1, cursor_key = $2")
    policy = Statement(name: "d2", sql: "SELECT text, checksum FROM \(schema).policy")
    putPolicy = Statement(
      name: "d3",
      sql: """
        INSERT INTO \(schema).policy (text, checksum) VALUES ($1, $2)
          ON CONFLICT (one) DO UPDATE SET text = excluded.text, checksum = excluded.checksum
        """)
    removePolicy = Statement(name: "d4", sql: "DELETE FROM \(schema).policy")
  }
}
