import Contract
import Mail
import Secrets
import Server
import UserMethods
import Users

extension Options {
  /// Refuses invalid options before the store is opened, because opening may migrate it to a newer
  /// format.
  mutating func prepare() throws {
    if Command.callers.contains(command) {
      try checkCaller(besides: inheritedToken == nil ? nil : TokenSource.variable)
    }
    policy = try policyPath.map { try PolicyInput.read($0) }
  }

  /// Refuses more than one credential, because ignoring one silently would be unsafe.
  func checkCaller(besides inherited: String? = nil) throws {
    let all = credentials + (inherited.map { [$0] } ?? [])
    guard all.count > 1 else { return }
    let variables = all.filter { $0.begins(with: "ROSTER_") }
    let unset = variables.map { "-u \($0)" }.joined(separator: " ")
    throw UsageError(
      "\(all.joined(separator: " and ")) each name the caller, and only one is allowed\n"
        + "Leave out all but one"
        + (variables.isEmpty ? "." : ", or start Roster with: env \(unset) …"))
  }

  /// The caller: the account of `--as`, which is looked up once at the start, or the owner of the
  /// token.
  private func identity<Store: UserStore>(in store: Store) throws -> Identity {
    guard let caller else {
      let text = try token?.read() ?? inheritedToken.map { try TokenSource.inherited($0) }
      return text.map { .token($0.digest) } ?? .anonymous
    }
    var id: UserID?
    try store.beginSteadyRead()
    _ = try store.read(UserReference(caller)) { id = $0.id }
    try store.commit()
    guard let id else {
      throw CommandError(
        "the store has no account with the id or email \(caller)",
        "Choose an existing one; roster export lists them.")
    }
    return .user(id)
  }

  func control<Store: UserStore>(for store: Store) throws -> StoreAccessControl<Store> {
    let identity = try identity(in: store)
    try adoptPolicy(in: store)
    return StoreAccessControl(
      store: store, identity: identity, limits: limits, isMailing: mail != "none")
  }

  /// The function that sends letters by the configured mailer; nil without a mailer.
  func postman() throws -> Postman? {
    // Most servers send no mail, and start faster without this check.
    if mail == "none", mailFrom == nil, mailLink == nil { return nil }
    guard let mailer = try Mailer(mail, from: mailFrom, link: mailLink) else { return nil }
    return { letter, msMax in
      let isDelivered = mailer.deliver(letter, msMax: msMax) { ShutdownSignal.isStopping }
      if !isDelivered { Log.error("the mailer did not accept an email") }
      return isDelivered
    }
  }
}
