internal import Contract
public import Users

/// Reads everything in a store on a server, in one snapshot, by a cursor for each table.
final class ServerReader: DirectoryReader {
  let location: String
  let count: Int
  let accounts: Int
  let latestEvent: EventMark

  private let store: PostgresUserStore
  private var parts = Part.allCases[...]
  /// Rows of the first of `parts`, and the next of them; nil if it has no cursor yet.
  private var rows: (answer: Rows, next: Int32)?
  private var isSettled = false

  private enum Part: CaseIterable {
    case accounts, formerRoles, passwords, tokens, attempts, answers, events

    func query(_ schema: String) -> String {
      let holder = "LEFT JOIN \(schema).users u ON u.key = o.user_key ORDER BY o.user_key"
      return switch self {
      case .accounts: "SELECT key, record FROM \(schema).users ORDER BY key"
      case .formerRoles:
        """
        SELECT o.user_key, u.record, o.roles, o.is_judged FROM \(schema).former_roles o \(holder)
        """
      case .passwords:
        """
        SELECT o.user_key, u.record, o.hash, o.temporary_until, o.checksum, o.askers
          FROM \(schema).passwords o \(holder)
        """
      case .tokens:
        "SELECT \(CredentialStatements.tokenColumns) FROM \(schema).tokens ORDER BY key"
      case .attempts: "SELECT subject, failures, last FROM \(schema).attempts ORDER BY subject"
      case .answers:
        """
        SELECT request, text, at, proof, user_key, user_tail, key FROM \(schema).answers ORDER BY key
        """
      case .events: "SELECT \(EventRows.columns) FROM \(schema).events ORDER BY seq"
      }
    }

    /// How many rows are fetched at once. An idempotency record may be some MiB long.
    var rowsPerTrip: Int { self == .answers ? 8 : 500 }
  }

  private static let cursor = "whole"

  private static func size(_ schema: String) -> String {
    let tables = CopyTable.allCases.filter { $0 != .answerSubjects }
    let counts = tables.map { "(SELECT count(*) FROM \(schema).\($0.rawValue))" }
    return """
      SELECT 1 + \(counts.joined(separator: " + ")),
        (SELECT count(*) FROM \(schema).users WHERE deleted_at IS NULL)
      """
  }

  init(_ store: PostgresUserStore, location: String) throws(StoreError) {
    self.store = store
    self.location = location
    try store.beginSteadyRead()
    let size = Self.size(store.sql.schema)
    let rows = try store.fetchChecked { () throws(StoreError) in try store.connection.queue(size) }
    count = Int(rows.int(0, 0))
    accounts = Int(rows.int(0, 1))
    latestEvent = try store.latestEvent
  }

  func next() throws(StoreError) -> DirectoryRecord? {
    if !isSettled {
      isSettled = true
      return .settings(try DirectorySettings(of: store))
    }
    while let part = parts.first {
      if let (answer, at) = rows, at < answer.count {
        rows = (answer, at + 1)
        return try record(of: part, answer, at)
      }
      if try !fetch(part) { parts.removeFirst() }
    }
    try store.commit()
    return nil
  }

  /// Fetches the next rows; false if there are none.
  private func fetch(_ part: Part) throws(StoreError) -> Bool {
    let isFirst = rows == nil
    let answer = try store.fetchChecked { () throws(StoreError) in
      if isFirst {
        try store.connection.queue(
          "DECLARE \(Self.cursor) NO SCROLL CURSOR FOR \(part.query(store.sql.schema))")
      }
      try store.connection.queue("FETCH \(part.rowsPerTrip) FROM \(Self.cursor)")
    }
    if answer.count > 0 {
      rows = (answer, 0)
      return true
    }
    rows = nil
    try store.connection.queue("CLOSE \(Self.cursor)")
    return false
  }

  private func record(
    of part: Part, _ rows: Rows, _ at: Int32
  ) throws(StoreError) -> DirectoryRecord {
    switch part {
    case .accounts: return .account(try account(rows, at))
    case .formerRoles:
      let roles = PostgresUserStore.formerRoles(rows, at, from: 2)
      return .formerRoles(roles, of: try holder(rows, at))
    case .passwords:
      let holder = try holder(rows, at)
      return .password(try PostgresUserStore.password(rows, at, of: holder, from: 2))
    case .tokens: return .token(try PostgresUserStore.token(rows, at))
    case .attempts:
      let attempts = Attempts(
        failures: Int(rows.int(at, 1)), last: Timestamp(milliseconds: rows.int(at, 2)))
      return .attempts(attempts, of: Array(rows.bytes(at, 0)))
    case .answers: return .answer(PostgresUserStore.answer(rows, at), to: Array(rows.bytes(at, 6)))
    case .events: return .event(try EventRows.event(rows, at))
    }
  }

  private func account(_ rows: Rows, _ at: Int32) throws(StoreError) -> PackedUser {
    let (key, bytes) = (rows.int(at, 0), rows.bytes(at, 1))
    guard let view = PackedRecord.read(bytes, key: key) else {
      let id = PackedRecord.id(in: bytes, key: key)
      throw .serverDamaged("the account \(id.text) does not match its checksum")
    }
    // The texts for searching are derived anew.
    return PackedUser(User(view))
  }

  /// The account that a row belongs to, whose key and record are its first columns.
  private func holder(_ rows: Rows, _ at: Int32) throws(StoreError) -> UserID {
    if rows.isNull(at, 1) { throw .serverDamaged("a credential belongs to no account") }
    return PackedRecord.id(in: rows.bytes(at, 1), key: rows.int(at, 0))
  }
}

extension PostgresUserStore {
  /// Reads everything in the store at an address, which is not changed.
  public static func reader(of address: ServerAddress) throws -> any DirectoryReader {
    let store = try PostgresUserStore(address)
    do throws(StoreError) { return try ServerReader(store, location: address.text) } catch {
      throw StoreFileError(
        address.text, "can't be copied. \(error.failure.message)", "\(error.failure.hint.text)")
    }
  }
}
