internal import Contract
public import Users

/// Reads everything in a store file, in one read transaction. It blocks no other process.
final class StoreReader: DirectoryReader {
  let location: String
  let count: Int
  let accounts: Int
  let latestEvent: EventMark

  private let store: SQLiteUserStore
  private var parts = Part.allCases[...]
  /// The rows of the first of `parts`.
  private var rows: Statement?
  private var isSettled = false

  /// The tables, in the order in which they are read.
  private enum Part: CaseIterable {
    case accounts, formerRoles, passwords, tokens, attempts, answers, events

    var query: String {
      let holder = "LEFT JOIN users u ON u.key = o.user_key ORDER BY o.user_key"
      return switch self {
      case .accounts: "SELECT \(Columns.list) FROM users ORDER BY key"
      case .formerRoles:
        "SELECT o.user_key, u.record, o.roles, o.is_judged FROM former_roles o \(holder)"
      case .passwords:
        """
        SELECT o.user_key, u.record, o.hash, o.temporary_until, o.checksum, o.askers
          FROM passwords o \(holder)
        """
      case .tokens: "SELECT \(CredentialTables.tokenColumns) FROM tokens ORDER BY key"
      case .attempts: "SELECT subject, failures, last FROM attempts ORDER BY subject"
      case .answers:
        "SELECT request, text, at, proof, user_key, user_tail, key FROM answers ORDER BY key"
      case .events: "SELECT \(EventTable.columns) FROM events ORDER BY seq"
      }
    }
  }

  private static let size = """
    SELECT 1 + (SELECT count(*) FROM users) + (SELECT count(*) FROM former_roles)
      + (SELECT count(*) FROM passwords) + (SELECT count(*) FROM tokens)
      + (SELECT count(*) FROM attempts) + (SELECT count(*) FROM answers)
      + (SELECT count(*) FROM events)
    """

  /// `location` is the path as messages name it.
  init(_ store: SQLiteUserStore, location: String) throws(StoreError) {
    self.store = store
    self.location = location
    try store.beginRead()
    count = Int(try store.connection.number(Self.size))
    accounts = Int(
      try store.connection.number("SELECT count(*) FROM users WHERE deleted_at IS NULL"))
    latestEvent = try store.latestEvent
  }

  func next() throws(StoreError) -> DirectoryRecord? {
    if !isSettled {
      isSettled = true
      return .settings(try DirectorySettings(of: store))
    }
    while let part = parts.first {
      let statement = try store.connection.prepare(once: &rows, part.query)
      if try statement.step() { return try record(of: part, statement) }
      rows = nil
      parts.removeFirst()
    }
    // Fails if pages could not be read.
    try store.commit()
    return nil
  }

  private func record(of part: Part, _ row: Statement) throws(StoreError) -> DirectoryRecord {
    switch part {
    case .accounts: return .account(try account(row))
    case .formerRoles:
      return .formerRoles(CredentialTables.formerRoles(row, from: 2), of: try holder(row))
    case .passwords:
      return .password(try CredentialTables.password(row, of: try holder(row), from: 2))
    case .tokens: return .token(try CredentialTables.token(row))
    case .attempts:
      let attempts = Attempts(
        failures: Int(row.int(1)), last: Timestamp(milliseconds: row.int(2)))
      return .attempts(attempts, of: Array(row.bytes(0)))
    case .answers: return .answer(IdempotencyTable.answer(row), to: Array(row.bytes(6)))
    case .events: return .event(try store.events.event(row))
    }
  }

  private func account(_ row: Statement) throws(StoreError) -> PackedUser {
    guard let view = PackedRecord.read(row.bytes(1), key: row.int(0)) else {
      throw .corrupt("the account \(Columns.id(row).text) does not match its checksum")
    }
    // The texts for searching are derived anew.
    return PackedUser(User(view))
  }

  /// The account that a row belongs to, whose key and record are its first columns.
  private func holder(_ row: Statement) throws(StoreError) -> UserID {
    if row.isNull(1) { throw .corrupt("a credential belongs to no account") }
    return Columns.id(row)
  }
}

extension SQLiteUserStore {
  /// Reads everything in the store at `path`, which is not changed. While a store of an older format is
  /// migrated, `progress` receives the numbers of all accounts and of those that are left.
  public static func reader(
    of path: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> any DirectoryReader {
    let store = try SQLiteUserStore(path: path, progress)
    do throws(StoreError) { return try StoreReader(store, location: path) } catch {
      throw StoreFileError(
        path, "can't be copied. \(error.failure.message)", "\(error.failure.hint.text)")
    }
  }

  /// Reads everything in a backup. It is copied into `folder` first; the copy is checked, migrated if its
  /// format is older, and removed with the object.
  public static func reader(
    ofBackup path: String, copiedInto folder: String,
    _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> any DirectoryReader {
    let source = try StorePath(path).real
    try Restoration.check(source)
    let draft = try Draft(beside: folder + "/backup.db")
    do throws(StoreError) {
      let pageBytes = StoreFile.pageBytes(of: source) ?? DatabaseSchema.pageBytes
      _ = try Restoration.take(source, to: draft.path, pageBytes, progress)
    } catch {
      throw Restoration.reason(error, path, "can't be restored")
    }
    let store = try SQLiteUserStore(path: draft.path)
    store.draft = draft
    return try StoreReader(store, location: path)
  }
}
