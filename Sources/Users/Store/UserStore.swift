/// Keeps accounts and the data that belongs to them. Knows nothing about callers, JSON or
/// transports.
///
/// All work happens in transactions, from `beginRead` or `beginWrite` to `commit` or `rollback`.
/// After `beginWrite`, a transaction sees one state and its own writes; `commit` keeps all of them
/// or none. Before `beginWrite`, each request sees the state of `revision`: a store whose state can
/// change between two reads throws `.changed` instead of returning newer data, and the caller
/// repeats the request. Rows are borrowed: they are valid only during the closure.
public protocol UserStore: CredentialStore, IdempotencyStore, EventLog, PolicyStore {
  /// The kind of store: "memory", "file" or "postgres".
  var kind: String { get }

  /// Changes whenever an account may have changed, in this process or another; as of the latest
  /// read.
  var revision: UInt64 { get }

  /// The key that signs cursors. It is the same for all processes on one store.
  var cursorKey: [UInt8] { get throws(StoreError) }

  /// Begins a transaction that sees everything that was committed before it.
  func beginRead() throws(StoreError)

  /// The same, on one snapshot. For a request that was repeated too often because of `.changed`.
  func beginSteadyRead() throws(StoreError)

  /// Whether `foresee` has any effect.
  var foresees: Bool { get }

  /// Called before a transaction with the lookups of its requests: a remote store fetches all of
  /// them in one round trip.
  func foresee(_ lookups: [Lookup])

  /// Lets this transaction write. No other process can write until it ends.
  func beginWrite() throws(StoreError)

  /// The same, unless another process is writing: then returns false at once.
  func beginWriteIfFree() throws(StoreError) -> Bool

  var isWriting: Bool { get }

  /// Whether this transaction writes while another process waits to write. A store that can't see
  /// waiting processes returns true after 50 ms of writing.
  var hasWaitingWriter: Bool { get }

  /// Whether the transaction has changed so much that other writers would notice its commit.
  var isLargeTransaction: Bool { get }

  /// Begins a savepoint in a transaction that writes, or within another savepoint.
  func beginSavepoint() throws(StoreError)
  func endSavepoint(isKept: Bool) throws(StoreError)

  /// Ends the transaction and keeps its writes. They are durable when this returns, and rolled back
  /// if it throws, except for `outcomeUnknown`.
  func commit() throws(StoreError)

  /// Ends the transaction and undoes its writes.
  func rollback()

  /// Called when idle: ends the held read transaction so that the WAL can be truncated.
  func releaseSnapshot()

  /// Called after replies have left, for work that nobody has to wait for.
  func settle()

  /// Passes the account with this id or email to `body`; a deleted account is found only by its id.
  /// Returns whether it exists.
  func read(
    _ reference: UserReference, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool

  /// The same, if the account is in `scope`. Others are not decoded: an error about a damaged
  /// account would reveal that it exists.
  func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool

  /// Passes the accounts of one page to `body`, in order; returns whether more accounts follow.
  func page(
    _ query: PageQuery, _ body: (UserView) -> Void
  ) throws(StoreError) -> Bool

  func count(_ filter: Filter) throws(StoreError) -> Int

  /// The first of the claimed fields that another account has already.
  func conflict(of user: User, claiming claims: Claims) throws(StoreError) -> Conflict?

  /// Adds an account that has no conflict. Throws `.idTaken` if an account has this id, unless the
  /// store reports that as `Conflict.id`.
  func insert(_ user: PackedUser) throws(StoreError)

  /// Replaces `old`, the account as it is stored now, by `new`.
  func replace(_ old: PackedUser, with new: PackedUser) throws(StoreError)

  /// Removes an account with its password and tokens.
  func remove(_ user: PackedUser) throws(StoreError)

  /// Called before and after a bulk insert, in a transaction that writes: a nearly empty store may
  /// build its indexes at the end. Returns whether all accounts must come in this one transaction.
  func beginImport() throws(StoreError) -> Bool
  func endImport() throws(StoreError)
}

// Defaults for a local store whose state does not change within a transaction.
extension UserStore {
  public func conflict(of user: User, isNew: Bool) throws(StoreError) -> Conflict? {
    try conflict(of: user, claiming: isNew ? [.id, .names] : .names)
  }
  public func beginSteadyRead() throws(StoreError) { try beginRead() }
  public var foresees: Bool { false }
  public func foresee(_ lookups: [Lookup]) {}
  public var hasWaitingWriter: Bool { false }
  public var isLargeTransaction: Bool { false }
  public func settle() {}
  public func beginImport() throws(StoreError) -> Bool { false }
  public func endImport() throws(StoreError) {}
}
