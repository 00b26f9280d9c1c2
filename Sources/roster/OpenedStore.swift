import Contract
import JSON
import Mail
import SQLiteUserStore
import Secrets
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
  func checkCaller() throws {
    if caller != nil, token != nil { throw UsageError("--as and a token can't both say who calls") }
  }

  /// Who calls: the account that `--as` names, as it is found at the start, or whoever the token
  /// belongs to.
  private func identity<Store: UserStore>(in store: Store) throws -> Identity {
    try checkCaller()
    // A variable may be set for everybody; what is said here counts.
    let inherited = try TokenSource.environment()
    guard let caller else {
      guard let text = try token?.read() ?? inherited else { return .anonymous }
      return .token(text.digest)
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
    Gate(
      store: store, identity: try identity(in: store), policy: try policy(), limits: limits,
      isMailing: mail != "none")
  }

  /// What hands a letter over; nil where no mail goes out.
  func postman() throws -> ((Letter) -> Bool)? {
    // Most servers send nothing, and start sooner without looking at how.
    if mail == "none", mailFrom == nil, mailLink == nil { return nil }
    guard let mailer = try Mailer(mail, from: mailFrom, link: mailLink) else { return nil }
    return { letter in
      let isDelivered = mailer.deliver(letter) { Lifeline.isStopping }
      if !isDelivered { Log.error("a letter could not be handed to the mailer") }
      return isDelivered
    }
  }

  /// The predefined roles, and those of the policy file.
  func policy() throws -> Policy {
    guard let policyPath else { return .standard }
    var bytes = try InputFile.read(policyPath, bytesMax: Self.policyBytesMax)
    return try bytes.withUTF8 { bytes in
      do {
        var parser = JSONParser()
        return try Policy(parser.parse(bytes))
      } catch let failure as Failure {
        let problems = failure.problems.map {
          "  \($0.pointer.isEmpty ? "/" : $0.pointer): \($0.message)"
        }
        throw CommandError(
          "the policy in \(policyPath) can't be used",
          (problems + ["schema/policy.json says how it has to look."]).joined(separator: "\n"))
      } catch {
        throw CommandError("\(policyPath) is not JSON: \(error)", "Mend it and start again.")
      }
    }
  }

  private static let policyBytesMax = 1 << 20
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
