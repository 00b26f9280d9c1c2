/// Why a store could not do what it was asked.
public enum StoreError: Error, Equatable {
  /// Somebody else holds the lock for longer than anybody wants to wait.
  case busy
  case readOnly
  case full
  /// The file is not where it was opened.
  case moved
  case corrupt(String)
  case newerVersion
  /// The commit was neither confirmed nor refused.
  case outcomeUnknown
  /// An account with this id, or one that sorts the same, is there already.
  case idTaken
  case failed(String)
}

/// Which unique field of an account somebody else already has.
public enum Conflict: Equatable, Sendable {
  case email, username, oauthIdentity
}

/// Keeps accounts and what belongs to them. Knows nothing of who asks, of JSON, or of how requests
/// arrive.
///
/// Work comes in groups: reads and writes between `beginRead` or `beginWrite` and `end` see one
/// state, in which their own writes show, and the writes of a group are kept all or not at all.
/// Rows are borrowed: they are valid during the closure only.
public protocol UserStore: CredentialStore, AnswerStore, EventLog, PolicyStore {
  /// "memory", "file".
  var kind: String { get }

  /// Changes whenever an account that was read may have changed, by whomever.
  var revision: UInt64 { get }

  /// Signs cursors, the same for all processes on one store.
  var cursorKey: [UInt8] { get throws(StoreError) }

  /// Makes sure that this group sees all that was committed before it began.
  func beginRead() throws(StoreError)

  /// Lets this group write. No other process can until it ends.
  func beginWrite() throws(StoreError)

  /// The same, unless somebody else is writing: then false, at once.
  func beginWriteIfFree() throws(StoreError) -> Bool

  var isWriting: Bool { get }

  /// Whether it is writing, and another process waits to.
  var isAwaited: Bool { get }

  /// Begins a part of a group that writes, or of another part, which can be undone by itself.
  func beginPart() throws(StoreError)
  func endPart(isKept: Bool) throws(StoreError)

  /// Ends the group and keeps its writes. They are durable when this returns, and undone if it
  /// throws, except for `outcomeUnknown`.
  func end() throws(StoreError)

  /// Ends the group and undoes its writes.
  func abandon()

  /// Called when nothing was asked for a while: gives up what keeps others from tidying.
  func rest()

  /// Hands over the account with this id or email, deleted ones by id only. False if there is none.
  func read(
    _ reference: UserReference, _ body: (UserRow) -> Void
  ) throws(StoreError) -> Bool

  /// The same, if `scope` reaches it. What it does not reach is not even decoded: whether it is sound
  /// tells nobody that it is there.
  func read(
    _ reference: UserReference, within scope: Scope, _ body: (UserRow) -> Void
  ) throws(StoreError) -> Bool

  /// Hands over one page in order; says whether more would follow.
  func page(
    _ query: PageQuery, _ body: (UserRow) -> Void
  ) throws(StoreError) -> Bool

  func count(_ filter: Filter) throws(StoreError) -> Int

  /// The first unique field of `user` that an account other than it has.
  func conflict(of user: User) throws(StoreError) -> Conflict?

  /// Adds an account that has no conflict.
  func insert(_ user: StoredUser) throws(StoreError)

  /// Puts `new` in place of `old`, the same account as it is stored now.
  func replace(_ old: StoredUser, with new: StoredUser) throws(StoreError)

  /// Removes an account with its password and tokens.
  func remove(_ user: StoredUser) throws(StoreError)

  /// Told before and after many accounts are added, in a group that writes: a store may leave its
  /// indexes for the end if it is still nearly empty. Says whether all must come in this one group.
  func beginImport() throws(StoreError) -> Bool
  func endImport() throws(StoreError)
}

extension UserStore {
  public var isAwaited: Bool { false }
  public func beginImport() throws(StoreError) -> Bool { false }
  public func endImport() throws(StoreError) {}
}
