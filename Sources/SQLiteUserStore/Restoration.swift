internal import Contract
internal import Glibc
public import Users

/// Replaces the content of a store by a backup while other processes use the store. They see one
/// commit.
///
/// Every step that may fail because of the backup runs on a copy of it, beside the store, before
/// the store is changed.
public struct Restoration {
  /// The result of a restoration.
  public struct Outcome: Sendable {
    public let accounts: Int
    /// How many sessions, tokens, invitations, resets and temporary passwords of the backup were
    /// ended.
    public let accessEnded: Int
  }

  /// How many accounts the backup holds.
  public let accounts: Int

  private let path: String
  private let source: String
  private let draft: Draft

  /// Copies the backup, checks the copy, and migrates it to the store's format.
  public init(
    of backup: String, to store: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreFileError) {
    path = try StorePath(store).real
    source = try StorePath(backup).real
    try Self.check(source, against: path)
    draft = try Draft(beside: path)
    let pageBytes = StoreFile.pageBytes(of: path) ?? DatabaseSchema.pageBytes
    do throws(StoreError) {
      accounts = try Self.take(source, to: draft.path, pageBytes, progress)
    } catch {
      throw Self.reason(error, backup, "can't be restored")
    }
  }

  /// Copies a backup, checks the copy, and gives it the current format; returns its number of accounts.
  static func take(
    _ source: String, to draft: String, _ pageBytes: Int64,
    _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) -> Int {
    try copy(source, to: draft, progress)
    let isCurrent = try SQLiteUserStore.check(draft)
    let accounts = try prepare(draft, pageBytes)
    // In an older format, only SQLite's own checks were possible before the migration.
    if !isCurrent { _ = try SQLiteUserStore.check(draft) }
    return accounts
  }

  /// Refuses a file that is not a store.
  static func check(_ source: String) throws(StoreFileError) {
    switch try StoreFile.inspect(source, mayHaveNames: true) {
    case .store: break
    case .missing:
      throw StoreFileError(source, "does not exist", "Choose a file made by roster backup.")
    case .empty:
      throw StoreFileError(source, "is empty", "Choose a file made by roster backup.")
    }
  }

  private static func check(_ source: String, against path: String) throws(StoreFileError) {
    try check(source)
    if StoreFile.Identity(path: source) == StoreFile.Identity(path: path) {
      throw StoreFileError(source, "is the store itself", "Choose a backup of it.")
    }
    // A file that is not a store is not overwritten; a damaged store may be.
    if StoreFile.isMarked(path) {
      try StoreFile.requireOneName(path)
      try StoreFile.requireKnownFormat(path)
    } else {
      _ = try StoreFile.inspect(path)
      try StoreFile.requireNoLog(path)
    }
  }

  static func reason(
    _ error: StoreError, _ path: String, _ problem: Notice
  ) -> StoreFileError {
    StoreFileError(path, "\(problem). \(error.failure.message)", "\(error.failure.hint.text)")
  }

  /// Copies the pages in their order and size. A backup without a log is not opened by SQLite,
  /// which would leave files beside it.
  private static func copy(
    _ source: String, to draft: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws(StoreError) {
    let lock = try WriteLock(existingOf: source)
    try lock?.acquire()
    defer { lock?.release() }
    if StoreFile.isLogEmpty(source), StoreFile.Identity(path: source + "-journal") == nil {
      try StoreFile.copy(source, to: draft)
    } else {
      try SQLiteUserStore.copy(source, to: draft, progress)
    }
  }

  /// Gives the copy the format and the page size of the live store, and no log; returns its number
  /// of accounts.
  private static func prepare(
    _ draft: String, _ pageBytes: Int64
  ) throws(StoreError) -> Int {
    let copy = try Connection(path: draft)
    try copy.run("PRAGMA synchronous=OFF; PRAGMA journal_mode=DELETE")
    try FormerSchema.migrate(copy) { _, _ in }
    try Settings(copy).renameFeed()
    // SQLite can replace the pages of a live store one by one only if they have the same size.
    if try copy.number("PRAGMA page_size") != pageBytes {
      try copy.run("PRAGMA page_size=\(pageBytes); VACUUM")
    }
    return Int(try copy.number("SELECT count(*) FROM users WHERE deleted_at IS NULL"))
  }

  /// Deletes secrets that would revive ended access, and replaces the store's content.
  /// `keepsTokens` keeps API tokens that the store no longer has.
  public func run(keepsTokens: Bool) throws -> Outcome {
    let lock = try WriteLock(of: path)
    try lock.acquire()
    defer { lock.release() }
    Failpoint.hit(.lockTaken)
    let old = try Self.sound(path)
    let accessEnded = try endAccess(kept: keepsTokens ? nil : Self.tokens(in: old))
    if let old { try replaceContent(of: old) } else { try replaceFile() }
    lock.announceCommit()
    return Outcome(accounts: accounts, accessEnded: accessEnded)
  }
}

extension Restoration {
  /// The digests of the API tokens that a store has; empty if it can't be read.
  private static func tokens(in store: Connection?) -> [[UInt8]] {
    guard let store else { return [] }
    var digests: [[UInt8]] = []
    do {
      let statement = try store.prepare(
        "SELECT digest FROM tokens WHERE kind = \(TokenKind.api.rawValue)")
      while try statement.step() { digests.append(Array(statement.bytes(0))) }
    } catch {
      return []
    }
    return digests
  }

  /// Deletes the secrets of the copy, because restoring them could revive revoked access. Keeps
  /// permanent passwords, and API tokens with a digest in `kept` (nil: all API tokens). Returns how
  /// many it deleted.
  private func endAccess(kept: [[UInt8]]?) throws(StoreError) -> Int {
    let copy = try Connection(path: draft.path)
    try copy.run(
      """
      PRAGMA synchronous=OFF; BEGIN IMMEDIATE;
      CREATE TEMP TABLE kept (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID
      """)
    let insert = try copy.prepare("INSERT INTO kept VALUES (?)")
    for digest in kept ?? [] {
      insert.bind(1, copying: digest)
      try insert.run()
    }
    let isKept = kept == nil ? "true" : "digest IN (SELECT digest FROM kept)"
    let tokens = "tokens WHERE NOT (kind = \(TokenKind.api.rawValue) AND \(isKept))"
    let passwords = "passwords WHERE temporary_until IS NOT NULL"
    let count = try copy.number(
      "SELECT (SELECT count(*) FROM \(tokens)) + (SELECT count(*) FROM \(passwords))")
    try copy.run("DELETE FROM \(tokens); DELETE FROM \(passwords); COMMIT")
    return Int(count)
  }

  /// The store, if SQLite can write to it page by page; otherwise nil.
  private static func sound(_ path: String) throws(StoreError) -> Connection? {
    do {
      guard case .store = try StoreFile.inspect(path) else { return nil }
    } catch {
      // The header is invalid.
      return nil
    }
    do throws(StoreError) {
      let store = try Connection(path: path)
      try store.beginLog()
      return try store.number("SELECT count(*) FROM sqlite_schema") > 0 ? store : nil
    } catch .corrupt {
      return nil
    }
  }

  /// Replaces all pages in one commit, in the live store's own log: readers keep their snapshot
  /// until then, and no older log is left that could be applied to the new pages.
  private func replaceContent(of store: Connection) throws {
    let copy = try Connection(path: draft.path)
    do throws(StoreError) {
      try copy.copyPages(to: store, pagesPerStep: -1) { _, _ in }
    } catch {
      throw Self.reason(error, path, "can't be restored, and is as it was")
    }
    Failpoint.hit(.committed)
    store.emptyLog()
  }

  /// For a path without a store, or with one that SQLite can't use.
  private func replaceFile() throws {
    draft.takeOwner(of: path)
    _ = try draft.writeOut()
    // SQLite would apply an old log to the new file. The log may be all that is left of a damaged
    // store's latest changes, so it is removed only after the file is replaced.
    let aside = draft.path + "-old-wal"
    let hasLog = rename(path + "-wal", aside) == 0
    unlink(path + "-shm")
    do throws(StoreFileError) { try draft.publishOver() } catch {
      if hasLog { rename(aside, path + "-wal") }
      throw error
    }
    unlink(aside)
    let store = try Connection(path: path)
    try store.run("PRAGMA journal_mode=WAL")
    store.emptyLog()
  }
}
