internal import Contract
internal import Glibc
public import Users

/// Keeps accounts in a SQLite file, safe for many processes at once.
///
/// One object owns one connection, used by one thread. An SQLite read transaction is held until
/// another connection commits; `releaseSnapshot` ends it earlier. Writes need the `WriteLock`.
public final class SQLiteUserStore: UserStore {
  public let kind = "file"
  public internal(set) var revision: UInt64 = 0
  public private(set) var isWriting = false

  /// With more pages than this in the log, `settle` runs a checkpoint: 8 MiB, some milliseconds.
  private static let logPagesMax = 2000
  /// With more than this, a commit does. Only a process that never settles gets there: an import,
  /// whose commits write the same pages again and again.
  private static let logPagesMaxAtCommit = 8 * logPagesMax

  let storePath: StorePath
  /// The identities of the files when the connection had opened all of them.
  private var files: StoreFile.Files?
  /// Started after `looksBeforeWatch` checks: ending it costs as much as some thousand checks.
  private var watch: FileWatch?
  private var lookCount = 0
  private static let looksBeforeWatch = 256
  private(set) var connection: Connection
  private(set) var statements: Statements
  private(set) var writer: UserWriter
  private(set) var credentials: CredentialTables
  private(set) var answers: IdempotencyTable
  private(set) var events: EventTable
  private(set) var settings: Settings
  private var lock: WriteLock?
  /// Whether a transaction of the caller is open.
  private var isInTransaction = false
  /// Whether an SQLite read transaction is open; it may outlast the caller's transaction.
  private var isReading = false
  /// The header that the open read transaction began with, or an older one.
  private var header: WalIndexHeader?
  private var walIndex: UnsafeRawPointer?
  /// The state of the file that `revision` and what is remembered of the file stand for.
  private var knownVersion: UInt32?
  var commitWatch: CommitWatch?
  /// How many accounts this transaction has inserted.
  var inserted = 0
  var isCacheLarge = false
  /// The file of a temporary copy (see `openCopy`); released last, because that removes the file.
  var draft: Draft?

  /// Opens the store at `path`; a missing file is an error, never a new store. While a store of an
  /// older format is migrated, `progress` receives the numbers of all accounts and of those that are
  /// left.
  public init(
    path: String, _ progress: (_ all: Int, _ left: Int) -> Void = { _, _ in }
  ) throws {
    storePath = try StorePath(path)
    let version = try StoreFile.requireStore(storePath.real)
    connection = try Self.open(storePath.real)
    try connection.map()
    statements = Statements(connection)
    writer = UserWriter(connection)
    credentials = CredentialTables(connection)
    answers = IdempotencyTable(connection)
    events = EventTable(connection)
    settings = Settings(connection)
    if version < DatabaseSchema.version { try migrate(progress) }
  }

  deinit {
    releaseSnapshot()
    tidy()
  }

  // MARK: Transactions

  public func beginRead() throws(StoreError) {
    if isInTransaction { return }
    if watch?.isDue ?? (files != nil) { try lookAtFiles() }
    if isReading {
      if let walIndex, let header, header.stands(at: walIndex) {
        isInTransaction = true
        return
      }
      try endReading()
    }
    if walIndex == nil { try openLog() }
    // The header is read before the transaction begins: it may be older than the snapshot, never
    // newer.
    let current = walIndex.flatMap { WalIndexHeader(at: $0) }
    try statements.beginRead()
    isReading = true
    isInTransaction = true
    header = current
    noticeChanges()
  }

  /// The first transaction makes SQLite open the log and map its index.
  private func openLog() throws(StoreError) {
    try statements.beginRead()
    try statements.commit()
    // The version in the log may be newer than the one in the file, which was checked before.
    if try connection.number("PRAGMA user_version") > DatabaseSchema.version { throw .newerVersion }
    let hasLog = try connection.hasLog
    walIndex = hasLog ? connection.walIndex : nil
    try checkFiles()
    files = StoreFile.Files(storePath, hasLog: hasLog)
  }

  /// Throws `.moved` for a file that was renamed, deleted or replaced: writes to it would be lost.
  private func checkFiles() throws(StoreError) {
    if let files, StoreFile.Files(storePath, hasLog: files.hasLog) != files { throw .moved }
  }

  private func lookAtFiles() throws(StoreError) {
    lookCount &+= 1
    if watch == nil, lookCount > Self.looksBeforeWatch { watch = FileWatch(storePath) }
    watch?.settle()
    // Only the path to the database matters: reading works without the other files.
    if let files, !files.isStill(at: storePath) {
      watch?.stir()
      throw .moved
    }
  }

  private func endReading() throws(StoreError) {
    if !isReading { return }
    isReading = false
    try statements.commit()
  }

  public func beginWrite() throws(StoreError) {
    if isWriting { return }
    try endReading()
    isInTransaction = false
    let lock = try writeLock()
    try lock.acquire()
    try beginWrite(under: lock)
  }

  public func beginWriteIfFree() throws(StoreError) -> Bool {
    if isWriting { return true }
    let lock = try writeLock()
    guard try lock.acquireAtOnce() else { return false }
    try endReading()
    isInTransaction = false
    try beginWrite(under: lock)
    return true
  }

  private func beginWrite(under lock: WriteLock) throws(StoreError) {
    Failpoint.hit(.lockTaken)
    do throws(StoreError) {
      if walIndex == nil { try openLog() }
      if walIndex == nil {
        // A copy made by backup that is written to for the first time.
        try connection.beginLog()
        try openLog()
      }
      try statements.beginWrite()
    } catch {
      lock.release()
      throw error
    }
    isInTransaction = true
    isWriting = true
    noticeChanges()
  }

  /// Forgets what is remembered if another process has committed. Call this when a transaction has
  /// begun.
  private func noticeChanges() {
    let version = connection.dataVersion
    if version == knownVersion { return }
    knownVersion = version
    forget()
  }

  /// Forgets what is remembered of the file.
  private func forget() {
    revision += 1
    writer.forget()
    events.forget()
    credentials.forget()
    settings.forget()
  }

  public func beginSavepoint() throws(StoreError) {
    // Rolling back the savepoint must not lose changes that were pending before it.
    try flush()
    answers.beginSavepoint()
    try statements.beginSavepoint()
  }

  public func endSavepoint(isKept: Bool) throws(StoreError) {
    if isKept { try answers.flush() }
    answers.endSavepoint(isKept: isKept)
    if !isKept {
      writer.dropPending()
      forget()
    }
    try statements.endSavepoint(isKept: isKept)
  }

  public var hasWaitingWriter: Bool { isWriting && lock?.hasWaitingWriter == true }

  func writeLock() throws(StoreError) -> WriteLock {
    if let lock { return lock }
    let made = try WriteLock(of: storePath.real)
    lock = made
    return made
  }

  public func commit() throws(StoreError) {
    isInTransaction = false
    if connection.hasLostPages { try readAnew() }
    // Without WAL mode, an open read transaction blocks writers.
    if walIndex == nil { try endReading() }
    guard isWriting else { return }
    defer {
      isWriting = false
      lock?.release()
    }
    do throws(StoreError) {
      // SQLite rolls back by itself after some errors; later writes would then commit on their own.
      if !connection.isInTransaction { throw .failed("the changes were undone") }
      try flush()
      try writer.finish(indexing: indexingMax)
      try checkFiles()
    } catch {
      undo()
      throw error
    }
    Failpoint.hit(.transactionWritten)
    try commitWrites()
    // What this commit changed is known.
    knownVersion = connection.dataVersion
    Failpoint.hit(.committed)
    lock?.announceCommit()
    answers.forget()
    inserted = 0
    if isLargeTransaction { try shrinkCache() }
    if connection.logPages > Self.logPagesMaxAtCommit { connection.checkpoint() }
  }

  public func settle() {
    guard connection.logPages > Self.logPagesMax, !isInTransaction, let lock,
      lock.acquireIfFree()
    else { return }
    releaseSnapshot()
    connection.checkpoint()
    lock.release()
  }

  /// What was read is not to be trusted. From now on pages are copied, which reports errors.
  private func readAnew() throws(StoreError) {
    if isWriting { rollback() } else { releaseSnapshot() }
    try reopen()
    throw .failed("a page of the file could not be read")
  }

  private func commitWrites() throws(StoreError) {
    do {
      try statements.commit()
    } catch {
      undo()
      guard case .failed = error else { throw error }
      // The disk failed: the written data may or may not be found when it is read again.
      try reopen()
      throw .outcomeUnknown
    }
  }

  public func rollback() {
    isInTransaction = false
    guard isWriting else { return }
    undo()
    isWriting = false
    lock?.release()
  }

  private func flush() throws(StoreError) {
    try writer.flush()
    try answers.flush()
  }

  private func undo() {
    knownVersion = nil
    inserted = 0
    writer.isIndexing = true
    writer.dropPending()
    answers.forget()
    forget()
    if connection.isInTransaction { statements.rollback() }
    connection.undoLog()
  }

  /// After a disk error, nothing that the connection has cached can be trusted.
  private func reopen() throws(StoreError) {
    knownVersion = nil
    isCacheLarge = false
    let fresh = try Connection(path: storePath.real)
    statements = Statements(fresh)
    writer = UserWriter(fresh)
    credentials = CredentialTables(fresh)
    answers = IdempotencyTable(fresh)
    events = EventTable(fresh)
    settings = Settings(fresh)
    connection = fresh
    walIndex = nil
    header = nil
  }

  public func releaseSnapshot() {
    if isInTransaction { return }
    do throws(StoreError) {
      try shrinkCache()
      try endReading()
    } catch {
      statements.rollback()
    }
  }

  /// Truncates the log before the process ends, unless another process holds the lock.
  private func tidy() {
    guard let lock, lock.acquireIfFree() else { return }
    connection.emptyLog()
    lock.release()
  }
}
