/// Keeps accounts and what belongs to them. Knows nothing of who asks, of JSON, or of how requests
/// arrive.
///
/// Work comes in groups, between `beginRead` or `beginWrite` and `end`. From `beginWrite` on a group sees
/// one state, in which its own writes show, and they are kept all or not at all. While a group only reads,
/// each request in it sees one state, that of `revision`: a store that does not stand still meanwhile
/// throws `.changed` where it would tell of a newer one, and the request is answered anew.
/// Rows are borrowed: they are valid during the closure only.
public protocol UserStore: CredentialStore, AnswerStore, EventLog, PolicyStore {
  /// "memory", "file".
  var kind: String { get }

  /// Changes whenever an account that was read may have changed, by whomever; as of the latest answer.
  var revision: UInt64 { get }

  /// Signs cursors, the same for all processes on one store.
  var cursorKey: [UInt8] { get throws(StoreError) }

  /// Makes sure that this group sees all that was committed before it began.
  func beginRead() throws(StoreError)

  /// The same, and from now on nothing changes under the reader. For a request that was answered anew so
  /// often that it is to come to an end.
  func beginSteadyRead() throws(StoreError)

  /// Whether `foresee` is of any use.
  var foresees: Bool { get }

  /// Told before a group, and in no transaction, what its requests are going to look up. A store that is
  /// far away gets all of it in one trip.
  func foresee(_ lookups: [Lookup])

  /// Lets this group write. No other process can until it ends.
  func beginWrite() throws(StoreError)

  /// The same, unless somebody else is writing: then false, at once.
  func beginWriteIfFree() throws(StoreError) -> Bool

  var isWriting: Bool { get }

  /// Whether it is writing, and another process waits to. A store that can't see who waits says so when
  /// it has been writing for 50 ms.
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

  /// The first of what `user` claims that an account other than it has.
  func conflict(of user: User, claiming claims: Claims) throws(StoreError) -> Conflict?

  /// Adds an account that has no conflict; `.idTaken` where that does not tell of its id.
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

// What a store does that stands still while it is read, and is near.
extension UserStore {
  public func conflict(of user: User, isNew: Bool) throws(StoreError) -> Conflict? {
    try conflict(of: user, claiming: isNew ? [.id, .names] : .names)
  }
  public func beginSteadyRead() throws(StoreError) { try beginRead() }
  public var foresees: Bool { false }
  public func foresee(_ lookups: [Lookup]) {}
  public var isAwaited: Bool { false }
  public func beginImport() throws(StoreError) -> Bool { false }
  public func endImport() throws(StoreError) {}
}
