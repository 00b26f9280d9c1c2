import Contract
import JSON
import Mail
import SQLiteUserStore
import Secrets
import Server
import UserMethods
import Users

/// Work that is the same for every kind of store.
protocol StoreWork {
  func run<Store: UserStore>(on store: Store, _ options: Options) throws
}

/// Opens the chosen store and does the work on it. The only place that knows which stores there are.
func withStore(_ given: Options, _ work: some StoreWork) throws {
  var options = given
  try options.prepare()
  switch try options.chosenStore() {
  case .file(let path):
    let store = try SQLiteUserStore(path: path)
    Warning.ifOpenToAll(path, "store")
    do {
      try work.run(on: store, options)
    } catch let error as StoreError {
      throw CommandError("\(path): \(error.failure.message)", "\(error.failure.hint.text)")
    }
  case .memory:
    let store = MemoryUserStore()
    if let caller = options.caller {
      let owner = StoredUser(try newOwner(caller, options.name))
      try store.insert(owner)
      store.append(.creation(of: owner, after: .none, ChangeRecorder()))
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
  /// Refuses what can be refused without a look at the store, which opening may bring to a newer
  /// format.
  fileprivate mutating func prepare() throws {
    if takesCaller {
      try checkCaller(besides: inheritedToken == nil ? nil : TokenSource.variable)
    }
    policy = try policyPath.map { try PolicyInput.read($0) }
  }

  /// Refuses more than one credential: none of them counts in silence.
  func checkCaller(besides inherited: String? = nil) throws {
    let all = credentials + (inherited.map { [$0] } ?? [])
    guard all.count > 1 else { return }
    throw UsageError(
      "\(all.joined(separator: " and ")) say who calls, and only one may\nLeave out all but one"
        + (inherited == nil ? "." : ", or start Roster with: env -u \(TokenSource.variable) …"))
  }

  /// Who calls: the account that `--as` names, as it is found at the start, or whoever the token
  /// belongs to.
  private func identity<Store: UserStore>(in store: Store) throws -> Identity {
    guard let caller else {
      let text = try token?.read() ?? inheritedToken.map { try TokenSource.inherited($0) }
      return text.map { .token($0.digest) } ?? .anonymous
    }
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
    let identity = try identity(in: store)
    try adoptPolicy(in: store)
    return Gate(store: store, identity: identity, limits: limits, isMailing: mail != "none")
  }

  /// What hands a letter over; nil where no mail goes out.
  func postman() throws -> Postman? {
    // Most servers send nothing, and start sooner without looking at how.
    if mail == "none", mailFrom == nil, mailLink == nil { return nil }
    guard let mailer = try Mailer(mail, from: mailFrom, link: mailLink) else { return nil }
    return { letter, msMax in
      let isDelivered = mailer.deliver(letter, msMax: msMax) { Lifeline.isStopping }
      if !isDelivered { Log.error("a letter could not be handed to the mailer") }
      return isDelivered
    }
  }
}

/// Something that could not be done: exit status 1.
struct CommandError: Error {
  let message: Notice
  let hint: Notice

  init(_ message: Notice, _ hint: Notice) {
    self.message = message
    self.hint = hint
  }
}
