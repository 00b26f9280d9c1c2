/// The fixed statements about the feed of events.
struct FeedStatements {
  let insertEvent: Statement
  let redactEvents: Statement
  let oldestKeptEvent: Statement
  let pruneEvents: Statement

  init(schema: String) {
    insertEvent = Statement(
      name: "e1",
      sql: """
        INSERT INTO \(schema).events (\(EventRows.columns), stamp)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """)
    redactEvents = Statement(
      name: "e2",
      sql: """
        UPDATE \(schema).events
          SET email = NULL, changes = '{}', creation = NULL, entry = NULL, entry_creation = NULL
          WHERE user_key = $1 AND user_tail = $2
        """)
    oldestKeptEvent = Statement(
      name: "e3",
      sql: """
        SELECT coalesce(min(seq), $2) FROM \(schema).events WHERE seq >= $1 AND seq < $2 AND at >= $3
        """)
    pruneEvents = Statement(name: "e4", sql: "DELETE FROM \(schema).events WHERE seq < $1")
  }
}
