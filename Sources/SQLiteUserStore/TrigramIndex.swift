internal import Contract
internal import Users

/// The index of trigrams for searching, of FTS5.
///
/// The newest accounts are not in it until they are more than `waitingMax`: searches look at each
/// of them. Adding accounts together costs a fraction of adding each with its own commit, because
/// FTS5 sorts pending terms into a new segment at each flush. More of them are missing while a
/// transaction that inserts many has to end soon.
final class TrigramIndex {
  /// Terms are sorted into a segment at 32 MiB, which only imports reach: each search looks into
  /// every segment, and an import of a million accounts makes four of them. Merged later: fewer writes
  /// for each account. A level of any number of segments is merged bit by bit: merging all of 16 at
  /// once, which is FTS5's default, stops one writer for up to a second.
  static let creation = """
    CREATE VIRTUAL TABLE user_search USING fts5(
      text, content='', detail=none, columnsize=0, tokenize="trigram case_sensitive 1");
    INSERT INTO user_search (user_search, rank) VALUES ('hashsize', 33554432);
    INSERT INTO user_search (user_search, rank) VALUES ('automerge', 16);
    INSERT INTO user_search (user_search, rank) VALUES ('crisismerge', 1000);
    REPLACE INTO store_settings VALUES ('indexed_to', '0');
    """

  /// Accounts with a greater key are not in the index. A key, as an SQL expression.
  static let indexedTo = """
    (SELECT CAST(value AS INTEGER) FROM store_settings WHERE name = 'indexed_to')
    """

  /// The indexed text of an account. The line feeds at the end make trigrams of its last two
  /// letters, which searches for one or two letters need.
  static let text =
    "search_name || char(10) || coalesce(search_email, email) || char(10) || char(10)"

  /// More missing accounts than this are added at the end of a transaction.
  private static let waitingMax: Int64 = 256

  /// With more trigrams than this, one or two letters are frequent.
  private static let shortTermsMax = 400

  private enum Change {
    case add(key: Int64, text: String)
    case remove(key: Int64, text: String)
  }

  private enum SQL: String {
    case mark = "SELECT CAST(value AS INTEGER) FROM store_settings WHERE name = 'indexed_to'"
    case add = "INSERT INTO user_search (rowid, text) VALUES (?, ?)"
    case remove = "INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', ?, ?)"
    case waiting = """
      SELECT count(*), coalesce(max(key), 0)
        FROM (SELECT key FROM users WHERE key > ? ORDER BY key LIMIT ?)
      """
    case terms =
      "SELECT term FROM temp.terms WHERE term >= ?1 AND term <= ?1 || char(1114111)"
    case move = "UPDATE store_settings SET value = ? WHERE name = 'indexed_to'"
  }

  private let connection: Connection
  private var statements: FixedStatements<SQL>
  private var pending: [Change] = []
  /// Whether this transaction has added accounts that wait.
  private var hasNewest = false
  /// How many accounts wait, or more; nil if not counted yet.
  private var waiting: Int64?
  /// The greatest key in the index; nil if not read yet.
  private var known: Int64?

  init(_ connection: Connection) {
    self.connection = connection
    statements = FixedStatements(connection)
  }

  /// Call this after a rollback, or when another process may have written.
  func forget() {
    pending.removeAll(keepingCapacity: true)
    known = nil
    waiting = nil
  }

  /// False for a text with control characters: names and emails contain none, and FTS5 reads a NUL as
  /// the end.
  static func canMatch(_ query: String) -> Bool {
    !query.isEmpty && !query.utf8.contains { $0 < 0x20 }
  }

  /// The accounts whose text contains `query`, and maybe more; nil for one or two letters.
  static func source(of query: String) -> CandidateSource? {
    if !canMatch(query) { return .nobody }
    return Self.expression(query).map(source(matching:))
  }

  private static func source(matching expression: String) -> CandidateSource {
    CandidateSource(
      """
      SELECT rowid FROM user_search WHERE user_search MATCH ?
      UNION ALL SELECT key FROM users WHERE key > \(indexedTo)
      """, [.text(expression)])
  }

  /// Quoted trigrams that cover the text; nil if it is too short for one. Overlapping trigrams
  /// would cost more look-ups and exclude few more accounts, and every candidate is checked anyway.
  private static func expression(_ query: String) -> String? {
    let scalars = Array(query.unicodeScalars)
    guard scalars.count >= 3 else { return nil }
    let last = scalars.count - 3
    var terms: [String] = []
    for at in Array(stride(from: 0, to: last, by: 3)) + [last] {
      var trigram = String.UnicodeScalarView()
      trigram.append(contentsOf: scalars[at..<(at + 3)])
      let term = quoted(String(trigram))
      if !terms.contains(term) { terms.append(term) }
    }
    return terms.joined(separator: " AND ")
  }

  private static func quoted(_ trigram: String) -> String {
    "\"" + trigram.replacingScalar("\"", by: "\"\"") + "\""
  }

  /// The source for one or two letters: all trigrams that begin with them.
  /// nil if they are too many.
  func shortSource(of query: String) throws(StoreError) -> CandidateSource? {
    // Each time, because a rollback of the transaction that made the table removes it.
    try connection.run(
      "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'user_search', 'row')")
    let statement = try statements(.terms)
    defer { statement.reset() }
    statement.bind(1, copying: query)
    var terms: [String] = []
    while try statement.step() {
      if terms.count == Self.shortTermsMax { return nil }
      terms.append(Self.quoted(String(decoding: statement.bytes(0), as: UTF8.self)))
    }
    return terms.isEmpty ? Self.newest : Self.source(matching: terms.joined(separator: " OR "))
  }

  private static let newest = CandidateSource("SELECT key FROM users WHERE key > \(indexedTo)")

  func add(_ row: UserView) throws(StoreError) {
    if try row.id.key > mark() {
      hasNewest = true
      waiting? += 1
    } else {
      pending.append(.add(key: row.id.key, text: Self.text(of: row)))
    }
  }

  func remove(_ row: UserView) throws(StoreError) {
    if try row.id.key > mark() { return }
    pending.append(.remove(key: row.id.key, text: Self.text(of: row)))
  }

  func replace(_ before: UserView, with after: UserView) throws(StoreError) {
    if try after.id.key > mark() { return }
    let (old, new) = (Self.text(of: before), Self.text(of: after))
    if old == new { return }
    pending.append(.remove(key: after.id.key, text: old))
    pending.append(.add(key: after.id.key, text: new))
  }

  static func text(of row: UserView) -> String {
    row.searchName.string + "\n" + (row.searchEmail ?? row.email ?? .empty).string + "\n\n"
  }

  private func mark() throws(StoreError) -> Int64 {
    if let known { return known }
    let statement = try statements(.mark)
    defer { statement.reset() }
    let found = try statement.step() ? statement.int(0) : .max
    known = found
    return found
  }

  /// Writes pending changes to accounts in the index.
  func flush() throws(StoreError) {
    for change in pending {
      switch change {
      case .add(let key, let text): try run(.add, key, text)
      case .remove(let key, let text): try run(.remove, key, text)
      }
    }
    pending.removeAll(keepingCapacity: true)
  }

  private func run(_ sql: SQL, _ key: Int64, _ text: String) throws(StoreError) {
    let statement = try statements(sql)
    statement.bind(1, key)
    statement.bind(2, copying: text)
    try statement.run()
  }

  /// Adds the newest accounts once they are many, at most `limit` of them. Call this once for each
  /// transaction, at its end: a savepoint makes FTS5 write a segment, which has to be merged later.
  func addNewest(atMost limit: Int64) throws(StoreError) {
    guard hasNewest else { return }
    hasNewest = false
    if let waiting, waiting <= Self.waitingMax { return }
    let mark = try mark()
    let statement = try statements(.waiting)
    defer { statement.reset() }
    statement.bind(1, mark)
    statement.bind(2, limit)
    guard try statement.step() else { return }
    let count = statement.int(0)
    if count > Self.waitingMax { try add(after: mark, to: statement.int(1)) }
    waiting = count == limit ? nil : count > Self.waitingMax ? 0 : count
  }

  /// Adds all accounts to an empty index, after an import that left it out.
  func addAll() throws(StoreError) {
    try add(after: 0, to: try connection.number("SELECT coalesce(max(key), 0) FROM users"))
  }

  private func add(after mark: Int64, to newest: Int64) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO user_search (rowid, text)
        SELECT key, \(Self.text) FROM users WHERE key > \(mark) AND key <= \(newest) ORDER BY key
      """)
    let move = try statements(.move)
    move.bind(1, copying: "\(newest)")
    try move.run()
    known = newest
  }
}
