internal import Contract
internal import Glibc
public import Users

/// Keeps accounts in a SQLite file, safe for many processes at once.
///
/// One object owns one connection, used by one thread. A read transaction is held over groups for
/// as long as nobody has committed; `rest` lets go of it. Writes happen under `WriteLock`.
public final class SQLiteUserStore: UserStore {
  public let kind = "file"
  public internal(set) var revision: UInt64 = 0
  public private(set) var isWriting = false

  /// Pages in the log from which on they are moved to the file.
  private static let logPagesMax = 1000

  /// Memory for pages while many accounts are added: random places of every index are written.
  static let bulkCacheKib = 64 << 10
  /// From this many accounts on a group has that memory.
  static let bulkAccountsMin = 200

  private let place: StorePath
  /// The files as they were when the connection had opened all of them.
  private var files: StoreFile.Files?
  /// Begun after so many looks at the files: to end it costs as much as some thousands of them.
  private var watch: FileWatch?
  private var lookCount = 0
  private static let looksBeforeWatch = 256
  private(set) var connection: Connection
  private(set) var statements: Statements
  private(set) var writer: UserWriter
  private(set) var credentials: CredentialTables
  private(set) var answers: AnswerTable
  private(set) var events: EventTable
  private(set) var settings: Settings
  private var lock: WriteLock?
  /// Whether a group is under way.
  private var isInGroup = false
  /// Whether a read transaction is open, which may outlast its group.
  private var isReading = false
  /// The header that the open read transaction began with, or an older one.
  private var header: WalIndexHeader?
  private var walIndex: UnsafeRawPointer?
  /// How many accounts this group has added.
  var inserted = 0
  /// Whether accounts are being added without their late indexes.
  var isImporting = false
  /// Of a copy that nobody keeps. The last of all to go.
  var draft: Draft?

  /// Opens the store at `path`; a missing file is an error, never a new store.
  public init(path: String) throws {
    place = try StorePath(path)
    let version = try StoreFile.requireStore(place.real)
    connection = try Self.open(place.real)
    statements = Statements(connection)
    writer = UserWriter(connection)
    credentials = CredentialTables(connection)
    answers = AnswerTable(connection)
    events = EventTable(connection)
    settings = Settings(connection)
    if version < Schema.version { try migrate() }
  }

  deinit {
    rest()
    tidy()
  }

  public var cursorKey: [UInt8] {
    get throws(StoreError) { try settings.cursorKey }
  }

  public var policyText: String? {
    get throws(StoreError) { try settings.policyText }
  }

  public var hasHadPolicy: Bool { get throws(StoreError) { try settings.hasHadPolicy } }
  public var feedID: String { get throws(StoreError) { try settings.feedID } }

  public func setPolicyText(_ text: String?) throws(StoreError) {
    didChange()
    try settings.setPolicyText(text)
  }

  // MARK: Groups

  public func beginRead() throws(StoreError) {
    if isInGroup { return }
    if watch?.isDue ?? (files != nil) { try lookAtFiles() }
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
    writer.identities.forget()
    statements.forgetSearch()
    events.forget()
    credentials.forget()
    settings.forget()
  }

  /// The first transaction makes SQLite open the log and map its index.
  private func openLog() throws(StoreError) {
    try statements.beginRead()
    try statements.commit()
    // The header in the log may be newer than the one that was looked at before opening.
    if try connection.number("PRAGMA user_version") > Schema.version { throw .newerVersion }
    let hasLog = try connection.hasLog
    walIndex = hasLog ? connection.walIndex : nil
    try checkFiles()
    files = StoreFile.Files(place, hasLog: hasLog)
  }

  /// A file that was renamed, deleted or replaced takes what is written to it along, and what it tells
  /// is no longer so.
  private func checkFiles() throws(StoreError) {
    if let files, StoreFile.Files(place, hasLog: files.hasLog) != files { throw .moved }
  }

  private func lookAtFiles() throws(StoreError) {
    lookCount &+= 1
    if watch == nil, lookCount > Self.looksBeforeWatch { watch = FileWatch(place) }
    watch?.settle()
    // What beside it is missing keeps nobody from reading.
    if let files, !files.isStill(at: place) {
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
    isInGroup = false
    let lock = try writeLock()
    try lock.acquire()
    try beginWrite(under: lock)
  }

  public func beginWriteIfFree() throws(StoreError) -> Bool {
    if isWriting { return true }
    let lock = try writeLock()
    guard try lock.acquireAtOnce() else { return false }
    try endReading()
    isInGroup = false
    try beginWrite(under: lock)
    return true
  }

  private func beginWrite(under lock: WriteLock) throws(StoreError) {
    Failpoint.hit(.lockTaken)
    do throws(StoreError) {
      if walIndex == nil { try openLog() }
      if walIndex == nil {
        // A copy that backup has made, and that is worked on from now on.
        try connection.beginLog()
        try openLog()
      }
      try checkFiles()
      try statements.beginWrite()
    } catch {
      lock.release()
      throw error
    }
    isInGroup = true
    isWriting = true
    revision += 1
    writer.identities.forget()
    events.forget()
    credentials.forget()
    settings.forget()
  }

  public func beginPart() throws(StoreError) {
    // What waits to be written is not undone with the part.
    try flush()
    answers.beginPart()
    try statements.beginPart()
  }

  public func endPart(isKept: Bool) throws(StoreError) {
    if isKept { try answers.flush() }
    answers.endPart(isKept: isKept)
    if !isKept {
      writer.forget()
      statements.forgetSearch()
      events.forget()
      credentials.forget()
      settings.forget()
      revision += 1
    }
    try statements.endPart(isKept: isKept)
  }

  public var isAwaited: Bool { isWriting && lock?.isAwaited == true }

  func writeLock() throws(StoreError) -> WriteLock {
    if let lock { return lock }
    let made = try WriteLock(of: place.real)
    lock = made
    return made
  }

  public func end() throws(StoreError) {
    isInGroup = false
    // Without a log who reads holds up who writes.
    if walIndex == nil { try endReading() }
    guard isWriting else { return }
    defer {
      isWriting = false
      lock?.release()
    }
    do throws(StoreError) {
      // After some errors SQLite undoes all by itself; what follows would be written for good.
      if !connection.isInTransaction { throw .failed("the changes were undone") }
      try flush()
      try checkFiles()
    } catch {
      undo()
      throw error
    }
    Failpoint.hit(.groupWritten)
    try commit()
    Failpoint.hit(.committed)
    answers.forget()
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

  private func flush() throws(StoreError) {
    try writer.flush()
    try answers.flush()
  }

  private func undo() {
    writer.forget()
    answers.forget()
    inserted = 0
    revision += 1
    events.forget()
    credentials.forget()
    settings.forget()
    if connection.isInTransaction { statements.rollback() }
  }

  /// After an error from the disk nothing that the connection remembers is to be trusted.
  private func reopen() throws(StoreError) {
    let fresh = try Connection(path: place.real)
    statements = Statements(fresh)
    writer = UserWriter(fresh)
    credentials = CredentialTables(fresh)
    answers = AnswerTable(fresh)
    events = EventTable(fresh)
    settings = Settings(fresh)
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
    guard try statement.step() else { return try readAsSpelled(reference, within: .all, body) }
    let row = try Columns.row(statement)
    if case .id(let id) = reference, id != row.id { return false }
    body(row)
    return true
  }

  public func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserRow) -> Void
  ) throws(StoreError) -> Bool {
    guard let statement = try statements.read(reference) else { return false }
    defer { statement.reset() }
    guard try statement.step() else { return try readAsSpelled(reference, within: scope, body) }
    guard Columns.isReached(statement, by: scope) else { return false }
    let row = try Columns.row(statement)
    if case .id(let id) = reference, id != row.id { return false }
    body(row)
    return true
  }

  /// The account whose email is the one that nobody has spelled just so.
  private func readAsSpelled(
    _ reference: UserReference, within scope: Scope, _ body: (UserRow) -> Void
  ) throws(StoreError) -> Bool {
    guard case .email(let email) = reference,
      let id = try writer.identities.holder(ofEmail: email, within: scope)
    else { return false }
    return try read(.id(id), body)
  }
}
