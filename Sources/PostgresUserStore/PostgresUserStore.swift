internal import Contract
internal import Secrets
public import Users

/// Keeps accounts in a PostgreSQL database, for processes on many machines.
///
/// One object owns one connection, used by one thread. A transaction that only reads begins without a
/// trip to the server: every answer brings the revision, and `.changed` is thrown if it is not that
/// of the request. A transaction that writes holds the lock of the one row of `directory`, so writers
/// follow each other, and revisions and the numbers of events rise in the order of the commits.
public final class PostgresUserStore: UserStore {
  public let kind = "postgres"
  public private(set) var revision: UInt64 = 0
  public private(set) var isWriting = false

  /// A transaction that others may wait for ends after this.
  private static let heldMsMax = 50

  /// How long a statement on a whole table, and its commit, may take, in milliseconds.
  static let longMsMax = 600_000

  let connection: Connection
  let sql: Statements
  let userSQL: UserStatements
  let credentialSQL: CredentialStatements
  let feedSQL: FeedStatements
  let recordSQL: RecordStatements
  /// The directory as it was last read, with the changes of this transaction; nil if it must be read.
  var directory: Directory?
  /// The directory at the beginning of this transaction.
  private var committed: Directory?
  var writes = Writes()
  /// The state at the start of each open savepoint, the innermost last.
  private var savepoints: [(directory: Directory?, writes: Writes)] = []
  /// A random number of this transaction.
  private(set) var stamp: Int64 = 0
  /// Why the transaction that writes can't go on: the server has ended it.
  var failure: StoreError?
  /// Whether a transaction of the caller is open.
  private var isOpen = false
  /// Whether this transaction reads one snapshot.
  private(set) var isSteady = false
  /// Whether an answer in this transaction had the revision of `directory`.
  private var isFresh = false
  private var heldSinceMs = 0
  /// `openings` of the connection when the directory was read.
  private var openings = 0
  /// The lookups of this transaction that were announced.
  var foresight = Foresight()
  /// Whoever was read first after the store had changed: the caller of this process.
  var caller: UserID?
  /// Whether the store has changed since the caller was read.
  var hasNews = true
  /// The counts of one scope, and the revision at which they were read.
  var knownCounts: (revision: Int64, scope: String, rows: Rows)?
  /// The policy, and the revision at which it was set.
  var knownPolicy: (revision: Int64, text: String?)?
  /// The key for cursors of the feed with this id.
  var knownCursorKey: (feedID: String, key: [UInt8])?

  /// Connects to the store, and checks that it can be used. `notices` gets the server's warnings and
  /// notices.
  public convenience init(
    _ address: ServerAddress, notices: @escaping (String) -> Void = { _ in }
  ) throws {
    try self.init(unopened: address, notices: notices)
    try open(address)
  }

  /// Does not connect yet.
  init(
    unopened address: ServerAddress, schema other: String? = nil,
    notices: @escaping (String) -> Void = { _ in }
  ) throws(StoreFileError) {
    connection = try Connection(address, notices: notices)
    let schema = other ?? address.quotedSchema
    sql = Statements(schema: schema)
    userSQL = UserStatements(schema: schema)
    credentialSQL = CredentialStatements(schema: schema)
    feedSQL = FeedStatements(schema: schema)
    recordSQL = RecordStatements(schema: schema)
  }

  /// Whether the server keeps a snapshot or a lock for this transaction.
  var isInTransaction: Bool { isWriting || isSteady }

  public var hasWaitingWriter: Bool {
    isWriting && Stopwatch.nowMs - heldSinceMs > Self.heldMsMax
  }

  // MARK: Reading transactions

  public func beginRead() throws(StoreError) {
    if isOpen { return }
    isFresh = false
    if directory == nil { try look() }
    isOpen = true
  }

  public func beginSteadyRead() throws(StoreError) {
    if isOpen { return }
    try begin { () throws(StoreError) in
      try connection.begin(sql.beginSteady, hasLimits: false)
      try connection.queue(sql.look)
    }
    foresight.forget()
    isSteady = true
    isOpen = true
    isFresh = true
  }

  /// Begins a transaction on the server; the first answer is the row of the directory. Returns the
  /// answers after it; nil if that row is locked. Nothing was changed before, so a lost connection is
  /// made anew.
  @discardableResult
  private func begin(
    _ queue: () throws(StoreError) -> Void
  ) throws(StoreError) -> ArraySlice<Rows>? {
    do throws(StoreError) {
      let answers = try connection.tripAnew(queue)
      guard let first = answers.first else { throw .serverFailed("it gave no answer") }
      if first.count > 0 {
        try note(Directory(first))
        return answers.dropFirst()
      }
    } catch {
      end("ROLLBACK")
      throw error
    }
    end("ROLLBACK")
    return nil
  }

  /// Ends the transaction on the server. If this fails, the connection is closed, which ends it too.
  private func end(_ statement: String) {
    if connection.isClosed { return }
    do throws(StoreError) {
      try connection.queue(statement)
      try connection.trip()
    } catch {
      connection.close()
    }
  }

  /// Reads the directory. Throws `.changed` if it has changed since this request began.
  private func look() throws(StoreError) {
    let before = directory == nil ? nil : revision
    let rows = try connection.tripAnew { () throws(StoreError) in try connection.queue(sql.look) }
    guard let last = rows.last else { throw .serverFailed("it gave no answer") }
    try note(Directory(last))
    if let before, before != revision { throw .changed }
  }

  func note(_ found: Directory) {
    if directory?.revision != found.revision || !isSameServer { didMove() }
    directory = found
    isFresh = true
  }

  /// Checks the revision that an answer brought.
  func check(_ found: Int64) throws(StoreError) {
    if isInTransaction { return }
    if found == directory?.revision, isSameServer {
      isFresh = true
      return
    }
    directory = nil
    didMove()
    throw .changed
  }

  /// False after a new connection: it may lead to another server, such as a standby that was
  /// promoted and has lost the latest changes. There the same revision may mean another state.
  private var isSameServer: Bool { connection.openings == openings }

  /// Another process has written, or the server is another one.
  private func didMove() {
    openings = connection.openings
    knownCounts = nil
    knownPolicy = nil
    revision &+= 1
    foresight.forget()
    hasNews = true
  }

  /// The directory as of this transaction.
  func current() throws(StoreError) -> Directory {
    if !isFresh, !isInTransaction { try look() }
    guard let directory else { throw .changed }
    return directory
  }

  // MARK: Writing transactions

  public func beginWrite() throws(StoreError) {
    if isWriting { return }
    let hasLock = try beginWrite(sql.lock)
    if !hasLock { throw .serverDamaged("the table directory has no row") }
  }

  public func beginWriteIfFree() throws(StoreError) -> Bool {
    if isWriting { return true }
    return try beginWrite(sql.lockIfFree)
  }

  /// Takes the lock, and with it what was announced.
  private func beginWrite(_ lock: Statement) throws(StoreError) -> Bool {
    foresight.forget()
    let users = takeForeseenUsers()
    let answers = try beginWrite { () throws(StoreError) in
      try connection.queue(lock)
      try queueForesight(users, names: true)
    }
    guard let answers else { return false }
    noteForesight(users, answers)
    return true
  }

  /// `queue` adds the first statements of the transaction; the first answer is the row of the
  /// directory.
  @discardableResult
  func beginWrite(
    _ queue: () throws(StoreError) -> Void
  ) throws(StoreError) -> ArraySlice<Rows>? {
    endSteadyRead()
    isOpen = false
    let answers = try begin { () throws(StoreError) in
      try connection.begin(sql.begin, hasLimits: true)
      try queue()
    }
    guard let answers else { return nil }
    Failpoint.hit(.lockTaken)
    isOpen = true
    isWriting = true
    failure = nil
    committed = directory
    writes = Writes()
    savepoints = []
    stamp = Int64.random(in: .min ... .max)
    heldSinceMs = Stopwatch.nowMs
    return answers
  }

  public func beginSavepoint() throws(StoreError) {
    // Rolling back the savepoint must not lose changes that were pending before it.
    try flush()
    savepoints.append((directory, writes))
    try queue("SAVEPOINT part")
  }

  public func endSavepoint(isKept: Bool) throws(StoreError) {
    let before = savepoints.popLast()
    if !isKept {
      if let before { (directory, writes) = before }
      didUndo()
      try queue("ROLLBACK TO SAVEPOINT part")
    }
    try queue("RELEASE SAVEPOINT part")
  }

  /// Call this before a change that may affect a caller's permissions.
  func didChange() { revision &+= 1 }

  private func didUndo() {
    revision &+= 1
    foresight.forget()
    knownPolicy = nil
  }

  public func commit() throws(StoreError) {
    isOpen = false
    defer { foresight = Foresight() }
    guard isWriting else { return endSteadyRead() }
    do throws(StoreError) {
      try flush()
      try queueDirectory()
      Failpoint.hit(.transactionWritten)
      try commitWrites()
    } catch {
      undo()
      throw error
    }
    isWriting = false
    Failpoint.hit(.committed)
  }

  /// Queues the new state of the directory.
  private func queueDirectory() throws(StoreError) {
    guard writes.isAny, var directory else { return }
    directory.revision += 1
    directory.stamp = stamp
    var values = Parameters()
    values.add(directory.revision)
    values.add(directory.latest.seq)
    values.add(directory.latest.at.milliseconds)
    values.add(directory.oldest)
    values.add(directory.policyRevision)
    values.add(directory.stamp)
    values.add(writes.hasAttempts)
    try queue(sql.update, values)
    self.directory = directory
  }

  private func commitWrites() throws(StoreError) {
    try queue("COMMIT")
    do throws(StoreError) {
      try connection.trip(
        msMax: writes.isWhole ? Self.longMsMax : Connection.tripMsMax, isCommitting: true)
    } catch {
      guard connection.isClosed, let committed else { throw error }
      if !writes.isAny { throw .changed }
      let lost = LostCommit(
        before: committed.revision, stamp: stamp, firstEvent: writes.firstEvent)
      if try !lost.isKept(connection, sql) { throw .changed }
    }
  }

  public func rollback() {
    isOpen = false
    foresight.forget()
    guard isWriting else { return endSteadyRead() }
    undo()
  }

  private func undo() {
    isWriting = false
    directory = committed
    didUndo()
    end("ROLLBACK")
  }

  private func endSteadyRead() {
    guard isSteady else { return }
    isSteady = false
    end("ROLLBACK")
  }

  public func releaseSnapshot() {}
}
