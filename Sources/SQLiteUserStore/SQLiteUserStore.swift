internal import Contract
internal import Glibc
public import Users

/// Keeps accounts in a SQLite file, safe for many processes at once.
///
/// One object owns one connection, used by one thread. A read transaction is held over groups for
/// as long as nobody has committed; `rest` lets go of it. Writes happen under `WriteLock`.
public final class SQLiteUserStore: UserStore {
  public let kind = "file"
  public private(set) var revision: UInt64 = 0
  public private(set) var isWriting = false

  /// Pages in the log from which on they are moved to the file.
  private static let logPagesMax = 1000

  /// Memory for pages while many accounts are added: random places of every index are written.
  private static let bulkCacheKib = 64 << 10
  /// From this many accounts on a group has that memory.
  private static let bulkAccountsMin = 200

  private let path: String
  /// The files as they were when the connection had opened all of them.
  private var files: StoreFile.Files?
  private var connection: Connection
  private var statements: Statements
  private var writer: UserWriter
  private var lock: WriteLock?
  /// Whether a group is under way.
  private var isInGroup = false
  /// Whether a read transaction is open, which may outlast its group.
  private var isReading = false
  /// The header that the open read transaction began with, or an older one.
  private var header: WalIndexHeader?
  private var walIndex: UnsafeRawPointer?
  /// How many accounts this group has added.
  private var inserted = 0
  /// Whether accounts are being added without their late indexes.
  private var isImporting = false

  /// Opens the store at `path`; a missing file is an error, never a new store.
  public init(path: String) throws {
    try StoreFile.requireStore(path)
    self.path = path
    connection = try Self.open(path)
    statements = Statements(connection)
    writer = UserWriter(connection)
  }

  deinit {
    rest()
    tidy()
  }

  private static func open(_ path: String) throws -> Connection {
    do {
      return try Connection(path: path)
    } catch {
      throw StoreFileError(path, "can't be opened. \(error.failure.message)", error.failure.hint)
    }
  }

  /// Makes a new store with its first account. The file is only readable for its owner.
  ///
  /// It is made under another name, and gets its own when it is whole: whoever is killed midway
  /// leaves nothing that looks like a store.
  public static func create(path: String, owner: User) throws {
    let lock = try WriteLock(path: path + "-lock")
    try lock.acquire()
    defer { lock.release() }
    if case .store = try StoreFile.inspect(path) {
      throw StoreFileError(path, "is a store already", "Use it, or name another file.")
    }
    if !StoreFile.isLogEmpty(path) {
      throw StoreFileError(
        path, "is missing, but its log \(path)-wal is there",
        "Put the file back, or move the log away.")
    }
    let draft = path + "-new"
    StoreFile.remove(draft)
    try StoreFile.makeEmpty(draft)
    try Schema.create(in: try open(draft), first: StoredUser(owner))
    guard StoreFile.isLogEmpty(draft) else {
      throw StoreFileError(draft, "still has a log", "Try again.")
    }
    try StoreFile.rename(draft, to: path)
    StoreFile.remove(draft)
  }

  public var cursorKey: [UInt8] {
    get throws(StoreError) { try statements.cursorKey() }
  }

  // MARK: Groups

  public func beginRead() throws(StoreError) {
    if isInGroup { return }
    if isReading {
      if let walIndex, let header, header.stands(at: walIndex) {
        isInGroup = true
        return
      }
      try endReading()
    }
    if walIndex == nil { try openLog() }
    // Taken before the transaction begins: it may be older than what is read, never newer.
    let current = walIndex.flatMap { WalIndexHeader(at: $0) }
    try statements.beginRead()
    isReading = true
    isInGroup = true
    header = current
    revision += 1
    statements.forgetSearch()
  }

  /// The first transaction makes SQLite open the log and map its index.
  private func openLog() throws(StoreError) {
    try statements.beginRead()
    try statements.commit()
    // The header in the log may be newer than the one that was looked at before opening.
    if try connection.number("PRAGMA user_version") > Schema.version { throw .newerVersion }
    walIndex = connection.walIndex
    files = StoreFile.Files(path: path)
  }

  /// A file that was renamed, deleted or replaced takes what is written to it along.
  private func checkFiles() throws(StoreError) {
    if let files, StoreFile.Files(path: path) != files { throw .moved }
  }

  private func endReading() throws(StoreError) {
    if !isReading { return }
    isReading = false
    try statements.commit()
  }

  public func beginWrite() throws(StoreError) {
    if isWriting { return }
    try endReading()
    isInGroup = false
    let lock = try writeLock()
    try lock.acquire()
    do throws(StoreError) {
      if walIndex == nil { try openLog() }
      try checkFiles()
      try statements.beginWrite()
    } catch {
      lock.release()
      throw error
    }
    isInGroup = true
    isWriting = true
    revision += 1
  }

  private func writeLock() throws(StoreError) -> WriteLock {
    if let lock { return lock }
    let made = try WriteLock(path: path + "-lock")
    lock = made
    return made
  }

  public func end() throws(StoreError) {
    isInGroup = false
    guard isWriting else { return }
    defer {
      isWriting = false
      lock?.release()
    }
    do throws(StoreError) {
      try writer.flush()
      try checkFiles()
    } catch {
      undo()
      throw error
    }
    try commit()
    if inserted >= Self.bulkAccountsMin { try connection.setCache(kib: Connection.cacheKib) }
    inserted = 0
    if connection.logPages > Self.logPagesMax { connection.checkpoint() }
  }

  private func commit() throws(StoreError) {
    do {
      try statements.commit()
    } catch {
      undo()
      guard case .failed = error else { throw error }
      // The disk failed: what was written may or may not be there when it is read again.
      try reopen()
      throw .outcomeUnknown
    }
  }

  public func abandon() {
    isInGroup = false
    guard isWriting else { return }
    undo()
    isWriting = false
    lock?.release()
  }

  private func undo() {
    writer.forget()
    inserted = 0
    revision += 1
    if connection.isInTransaction { statements.rollback() }
  }

  /// After an error from the disk nothing that the connection remembers is to be trusted.
  private func reopen() throws(StoreError) {
    let fresh = try Connection(path: path)
    statements = Statements(fresh)
    writer = UserWriter(fresh)
    connection = fresh
    walIndex = nil
    header = nil
  }

  public func rest() {
    guard !isInGroup, isReading else { return }
    do { try endReading() } catch { statements.rollback() }
  }

  /// Empties the log before the process goes, unless others are at it.
  private func tidy() {
    guard let lock, lock.acquireIfFree() else { return }
    connection.emptyLog()
    lock.release()
  }

  // MARK: Reading

  @inline(__always)
  public func read(
    _ reference: UserReference, _ body: (UserRow) -> Void
  ) throws(StoreError) -> Bool {
    guard let statement = try statements.read(reference) else { return false }
    defer { statement.reset() }
    guard try statement.step() else { return false }
    let row = try Columns.row(statement)
    if case .id(let id) = reference, id != row.id { return false }
    body(row)
    return true
  }

  public func page(_ query: PageQuery, _ body: (UserRow) -> Void) throws(StoreError) -> Bool {
    try flushForReading()
    let plan = try PagePlan(query, statements)
    let statement = try statements.page(query, plan)
    defer { statement.reset() }
    var count = 0
    while try statement.step() {
      count += 1
      if count > query.limit { return true }
      body(try Columns.row(statement))
    }
    return false
  }

  /// Lists and counts see what the group has written.
  private func flushForReading() throws(StoreError) {
    guard isWriting else { return }
    try writer.flush()
    statements.forgetSearch()
  }

  public func count(_ filter: Filter) throws(StoreError) -> Int {
    try flushForReading()
    if filter.isTally { return try statements.tally(filter) }
    return try statements.count(filter, candidates: PagePlan.candidates(filter, statements))
  }

  public func conflict(of user: User) throws(StoreError) -> Conflict? {
    let key = user.id.key
    if let email = user.email, try statements.isTaken(.email, by: key, email) { return .email }
    // A username that is the email itself is only taken where somebody chose it.
    let username = user.username
    let isTaken =
      username == user.defaultUsername
      ? try statements.isTaken(.chosenUsername, by: key, username)
      : try statements.isTaken(.anyUsername, by: key, username, " " + username)
    if isTaken { return .username }
    if let provider = user.oauthProvider, let id = user.oauthID,
      try statements.isTaken(.oauthIdentity, by: key, provider, id)
    {
      return .oauthIdentity
    }
    return nil
  }

  // MARK: Writing

  public func insert(_ user: StoredUser) throws(StoreError) {
    try user.withRow { (row) throws(StoreError) in
      try writer.insert(row, isIndexed: !isImporting)
    }
    inserted += 1
    if inserted == Self.bulkAccountsMin { try connection.setCache(kib: Self.bulkCacheKib) }
  }

  /// Below this many accounts it is quicker to build the indexes anew than to keep them up.
  private static let lateIndexAccountsMax = 1000

  public func beginImport() throws(StoreError) -> Bool {
    let count = try connection.number("SELECT count(*) FROM users LIMIT 1")
    isImporting = count <= Self.lateIndexAccountsMax
    if isImporting { try connection.run(Schema.dropLateIndexes) }
    return isImporting
  }

  public func endImport() throws(StoreError) {
    guard isImporting else { return }
    isImporting = false
    try connection.run(Schema.lateIndexes)
    try writer.indexAll()
  }

  public func replace(_ old: StoredUser, with new: StoredUser) throws(StoreError) {
    revision += 1
    try old.withRow { (before) throws(StoreError) in
      try new.withRow { (after) throws(StoreError) in try writer.replace(before, with: after) }
    }
  }

  public func remove(_ user: StoredUser) throws(StoreError) {
    revision += 1
    try user.withRow { (row) throws(StoreError) in try writer.remove(row) }
  }
}
