import Contract
import Mail
import Secrets
import Server
import UserMethods
import Users

extension Options {
  /// Refuses what can be refused without a look at the store, which opening may bring to a newer
  /// format.
  mutating func prepare() throws {
    if Command.callers.contains(command) {
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
