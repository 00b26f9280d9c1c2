internal import Contract
public import Users

/// Writes everything into a new store file. The file has a temporary name until it is complete,
/// checked and on the disk, so a killed process leaves nothing that looks like a store.
final class StoreWriter: DirectoryWriter {
  let location: String

  private let draft: Draft
  /// nil when all is written: the file gets its name only when no connection has it open.
  private var tables: Tables?

  private static let cacheKib = 64 << 10
  /// Nothing in a copied store is forgotten.
  private static let longAgo = Timestamp(milliseconds: .min)

  /// The open draft.
  private struct Tables {
    let connection: Connection
    let users: UserWriter
    let credentials: CredentialTables
    let answers: IdempotencyTable
    let events: EventTable
    let settings: Settings

    init(_ path: String) throws {
      connection = try SQLiteUserStore.open(path)
      users = UserWriter(connection)
      credentials = CredentialTables(connection)
      answers = IdempotencyTable(connection)
      events = EventTable(connection)
      settings = Settings(connection)
      // The indexes are built at the end, which takes a third of the time.
      users.isIndexing = false
    }
  }

  init(_ path: String) throws {
    location = path
    let path = try StorePath(path).real
    try StoreFile.requireNothing(at: path)
    draft = try Draft(beside: path)
    let tables = try Tables(draft.path)
    // The draft needs no rollback, and `writeOut` syncs it to the disk.
    try tables.connection.run("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF")
    try tables.connection.setCache(kib: Self.cacheKib)
    try tables.connection.run("BEGIN IMMEDIATE")
    try tables.connection.run(DatabaseSchema.tables)
    try tables.connection.run(DatabaseSchema.marks)
    try tables.settings.renameFeed()
    self.tables = tables
  }

  func write(_ record: DirectoryRecord) throws(StoreError) {
    guard let tables else { return }
    switch record {
    case .settings(let settings): try tables.settings.take(settings)
    case .account(let user):
      try tables.users.insert(user)
      Failpoint.hit(.userWritten)
    case .formerRoles(let roles, let user): try tables.credentials.putFormerRoles(roles, of: user)
    case .password(let password): try tables.credentials.put(password)
    case .token(let token): try tables.credentials.insert(token)
    case .attempts(let attempts, let subject):
      try tables.credentials.put(attempts, of: subject, forgottenBefore: Self.longAgo)
    case .answer(let answer, let key):
      try tables.answers.put(answer, to: key, forgottenBefore: Self.longAgo)
    case .event(let event):
      try tables.events.appendCopy(of: event)
      Failpoint.hit(.eventWritten)
    }
  }

  func finish() throws(StoreError) {
    try complete()
    tables = nil
    _ = try SQLiteUserStore.check(draft.path)
    try beginLog()
    guard StoreFile.isLogEmpty(draft.path) else { throw .failed("the new file still has a log") }
    Failpoint.hit(.transactionWritten)
    do throws(StoreFileError) {
      _ = try draft.writeOut()
      try draft.publish()
    } catch {
      throw .failed(error.problem.text)
    }
    Failpoint.hit(.committed)
  }

  private func complete() throws(StoreError) {
    guard let tables else { return }
    try tables.users.flush()
    try tables.connection.run(DatabaseSchema.lateIndexes)
    try tables.users.indexAll()
    try tables.connection.run("COMMIT")
  }

  /// Makes the file a store in use, as `create` leaves it.
  private func beginLog() throws(StoreError) {
    let connection = try Connection(path: draft.path)
    try connection.beginLog()
    connection.emptyLog()
  }
}

extension SQLiteUserStore {
  /// Begins a store file with the content of another store; there must be no file at `path`.
  public static func writer(to path: String) throws -> any DirectoryWriter {
    try StoreWriter(path)
  }
}
