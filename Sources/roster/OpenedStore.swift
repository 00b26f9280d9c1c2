import Contract
import SQLiteUserStore
import Server
import Users

/// Work that is the same for every kind of store.
protocol StoreWork {
  func run<Store: UserStore>(on store: Store, _ options: Options) throws
}

/// Opens the chosen store and does the work on it. The only place that knows which stores there are.
func withStore(_ options: Options, _ work: some StoreWork) throws {
  switch try options.chosenStore() {
  case .file(let path):
    let store = try SQLiteUserStore(path: path)
    do {
      try work.run(on: store, options)
    } catch let error as StoreError {
      throw CommandError("\(path): \(error.failure.message)", error.failure.hint)
    }
  case .memory:
    let store = MemoryUserStore()
    if let caller = options.caller {
      try store.insert(StoredUser(try newOwner(caller, options.name)))
      store.end()
    }
    try work.run(on: store, options)
  }
}

/// The first account of a store, which owns it.
func newOwner(_ email: String, _ name: String?) throws -> User {
  do throws(Mismatch) {
    var ids = UserIDGenerator()
    let address = try Email(email).value
    let name = try Name(name ?? String(address.prefix { $0 != "@" })).value
    // Before anything that a request of this millisecond makes.
    let time = Timestamp(milliseconds: Timestamp.now.milliseconds - 1)
    return User(owner: ids.next(at: time), email: address, name: name)
  } catch {
    throw UsageError("the owner's email or name \(error.message): \(email)")
  }
}

extension Options {
  /// Who calls: the account that `--as` names, as it is found at the start.
  func identity<Store: UserStore>(in store: Store) throws -> Identity {
    guard let caller else { return .anonymous }
    var id: UserID?
    try store.beginRead()
    _ = try store.read(UserReference(caller)) { id = $0.id }
    try store.end()
    guard let id else {
      throw CommandError(
        "no account in the store has the id or email \(caller)",
        "Name one that is there; roster export lists them.")
    }
    return .user(id)
  }

  func gate<Store: UserStore>(for store: Store) throws -> Gate<Store> {
    Gate(store: store, identity: try identity(in: store), limits: limits)
  }
}

/// Something that could not be done: exit status 1.
struct CommandError: Error {
  let message: String
  let hint: String

  init(_ message: String, _ hint: String) {
    self.message = message
    self.hint = hint
  }
}
