internal import CSQLite
internal import CStoreFile
internal import Contract
internal import Glibc
internal import Users

/// One SQLite connection, owned by one object and used by one thread at a time.
final class Connection {
  private let handle: OpaquePointer

  /// Configures SQLite once for the process, before its first use.
  private static let configured: Void = {
    roster_configure()
    roster_register_vfs()
  }()

  /// How long SQLite itself waits for a lock. Before that, `WriteLock` has queued the writers.
  private static let busyTimeoutMs: Int32 = 5000

  init(path: String) throws(StoreError) {
    _ = Self.configured
    var opened: OpaquePointer?
    let flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
      | SQLITE_OPEN_EXRESCODE
    let code = sqlite3_open_v2(path, &opened, flags, roster_vfs)
    guard let opened, code == SQLITE_OK else {
      let error = opened.map { Self.error($0, code) } ?? .failed("out of memory")
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    try configure()
  }

  deinit { sqlite3_close_v2(handle) }

  private func configure() throws(StoreError) {
    sqlite3_busy_timeout(handle, Self.busyTimeoutMs)
    // Checkpoints run only under the `WriteLock`, including the one on close. (The hook replaces
    // SQLite's own automatic checkpoint.)
    countLogPages()
    let options: [(Int32, Int32)] = [
      (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1), (SQLITE_DBCONFIG_DEFENSIVE, 1),
      (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0), (SQLITE_DBCONFIG_ENABLE_FKEY, 1),
      (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
    ]
    for (option, value) in options { roster_db_config(handle, option, value) }
    try run(
      """
      PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;
      PRAGMA journal_size_limit=\(Self.logBytesKept)
      """)
    try setCache(kib: Self.cacheKib)
  }

  /// Size in bytes that the log is truncated to when it restarts. The log grows during long reads.
  private static let logBytesKept = 16 << 20

  /// Size of the page cache in KiB. A larger cache hardly speeds up reading.
  static let cacheKib = 2 << 10

  /// Reads pages of the database where they lie in memory, without a copy. `hasLostPages` must be
  /// asked before anything that was read is used.
  func map() throws(StoreError) { try run("PRAGMA mmap_size=\(Self.mappedBytesMax)") }

  /// SQLite's own maximum; further pages are copied.
  private static let mappedBytesMax: Int64 = 0x7FFF_0000

  /// Whether pages could not be read since this connection was opened: zeros were read in their
  /// place.
  @inline(__always)
  var hasLostPages: Bool { roster_lost_pages() != lostPagesBefore }
  private let lostPagesBefore = roster_lost_pages()

  /// Changes with every commit, also of this connection; another connection's is noticed when the
  /// next transaction begins.
  var dataVersion: UInt32 {
    var version: UInt32 = 0
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_DATA_VERSION, &version)
    return version
  }

  /// How much memory the page cache takes.
  var cacheBytes: Int {
    var (bytes, highest): (Int32, Int32) = (0, 0)
    sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_USED, &bytes, &highest, 0)
    return Int(bytes)
  }

  /// Forgets what a transaction that is undone has not yet written to the log. Call this before the
  /// `WriteLock` is released.
  func undoLog() { roster_undo_log(handle) }

  func setCache(kib: Int) throws(StoreError) { try run("PRAGMA cache_size=-\(kib)") }

  /// Runs statements that return no rows.
  func run(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw statementError(code) }
  }

  func prepare(_ sql: String) throws(StoreError) -> Statement {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw statementError(code) }
    return Statement(prepared, self)
  }

  /// The error of a statement. Every statement fits the tables of a sound store, so an SQL error means
  /// a damaged one, also while it runs: FTS5 reports some damage so.
  func statementError(_ code: Int32) -> StoreError {
    let error = error(code)
    if case .misunderstood(let message) = error { return .corrupt(message) }
    return error
  }

  /// The statement in `slot`, prepared at first use.
  @inline(__always)
  func prepare(
    once slot: inout Statement?, _ sql: @autoclosure () -> String
  ) throws(StoreError) -> Statement {
    if let slot { return slot }
    let statement = try prepare(sql())
    slot = statement
    return statement
  }

  /// The number that a statement returns; 0 if it returns no row.
  func number(_ sql: String) throws(StoreError) -> Int64 {
    let statement = try prepare(sql)
    return try statement.step() ? statement.int(0) : 0
  }

  /// Whether the file is in WAL mode, as all stores in use are. Copies made by backup are not,
  /// until they are written to.
  var hasLog: Bool {
    get throws(StoreError) {
      let statement = try prepare("PRAGMA journal_mode")
      return try statement.step() && statement.text(0)?.string == "wal"
    }
  }

  /// Switches the file to WAL mode. Call this under the `WriteLock`; it throws `.busy` while
  /// another connection reads.
  func beginLog() throws(StoreError) {
    if try hasLog { return }
    try run("PRAGMA journal_mode=WAL")
    if try !hasLog { throw .busy }
  }

  /// The wal-index in memory. Use this in WAL mode only: otherwise the call would create a
  /// wal-index.
  var walIndex: UnsafeRawPointer? {
    roster_file(handle).flatMap { roster_wal_index($0) }.map { UnsafeRawPointer($0) }
  }

  /// How many pages the log held after the latest commit of this connection.
  private(set) var logPages = 0

  /// Updates `logPages` at each commit.
  private func countLogPages() {
    let count:
      @convention(c) (
        UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32
      ) -> Int32 = { context, _, _, pages in
        if let context {
          Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
        }
        return SQLITE_OK
      }
    sqlite3_wal_hook(handle, count, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Moves as many pages as possible from the log to the file, without waiting for readers. Call
  /// this under the `WriteLock`.
  func checkpoint() {
    sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    logPages = 0
  }

  /// Moves the whole log to the file and truncates it, unless another connection reads from it. The
  /// next process to open the store then has no log to read.
  func emptyLog() {
    sqlite3_busy_timeout(handle, 0)
    sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    sqlite3_busy_timeout(handle, Self.busyTimeoutMs)
  }

  /// Copies all pages into the empty database of `copy`, `pagesPerStep` at a time. Each step
  /// reports the numbers of all pages and of the remaining ones.
  func copyPages(
    to copy: Connection, pagesPerStep: Int32, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) {
    guard let backup = sqlite3_backup_init(copy.handle, "main", handle, "main") else {
      throw copy.error(sqlite3_errcode(copy.handle))
    }
    var code = SQLITE_OK
    while code == SQLITE_OK {
      code = sqlite3_backup_step(backup, pagesPerStep)
      progress(Int(sqlite3_backup_pagecount(backup)), Int(sqlite3_backup_remaining(backup)))
    }
    sqlite3_backup_finish(backup)
    if code != SQLITE_DONE { throw copy.error(code) }
  }

  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  func error(_ code: Int32) -> StoreError {
    let error = Self.error(handle, code)
    // A newer Roster may have changed the tables while this process was running.
    guard code & 0xFF == SQLITE_ERROR, case .corrupt = error, isOfNewerVersion else { return error }
    return .newerVersion
  }

  private var isOfNewerVersion: Bool {
    do { return try number("PRAGMA user_version") > DatabaseSchema.version } catch { return false }
  }

  /// Maps SQLite's code to a store error, and keeps SQLite's message where a person needs it.
  private static func error(_ handle: OpaquePointer, _ code: Int32) -> StoreError {
    let message = String(cString: sqlite3_errmsg(handle))
    switch code & 0xFF {
    // For a writer, a file size limit or a quota is the same as a full disk.
    case SQLITE_IOERR
    where code == SQLITE_IOERR | (3 << 8) && [EFBIG, EDQUOT].contains(roster_write_errno(handle)):
      return .full
    case SQLITE_BUSY, SQLITE_LOCKED: return .busy
    case SQLITE_FULL: return .full
    case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(message)
    // A virtual table reports missing or damaged tables of its own with these messages.
    case SQLITE_ERROR
    where [
      "no such table", "no such fts5 table", "vtable constructor failed",
      "invalid fts5 file format",
    ].contains(where: message.begins):
      return .corrupt(message)
    case SQLITE_ERROR: return .misunderstood(message)
    case SQLITE_READONLY where code == SQLITE_READONLY | (4 << 8): return .moved
    case SQLITE_READONLY, SQLITE_PERM: return .readOnly
    case SQLITE_CONSTRAINT where code == SQLITE_CONSTRAINT | (6 << 8):
      // In a virtual table, whose messages name no column, it is about the table's own keys.
      return message.begins(with: "UNIQUE ") ? .idTaken : .corrupt(message)
    default: return .failed("SQLite says \"\(message)\" (code \(code))")
    }
  }
}
