internal import Contract
internal import JSON
internal import Secrets

struct AuthenticateParams: Params {
  let email: Email
  let password: GivenPassword
  var check: PasswordCheck?

  init(_ v: inout ParamVisitor) {
    email = v.required("email", "Email of the account.")
    password = v.required("password", "Its password.")
  }
}

/// What came of checking a password, before the store was locked: the hash that it fits, if one.
struct PasswordCheck {
  let fitting: PasswordHash?
}

enum Authenticate<Store: UserStore> {
  private static var sessionsMax: Int { 100 }

  static var method: Method<Gate<Store>> {
    Method(
      "users.authenticate", "Checks a password, and begins a session.", access: .open,
      effect: .write, isIdempotent: false, result: .object(Handout.userFields),
      examples: [
        MethodExample(
          "Signs somebody in",
          ["email": "kim@acme.example", "password": "correct horse battery"],
          result: .object(
            Story.changed(Story.arrivedKim, at: 100, version: 2) { user in
              user.lastLogin = Story.time(110)
            }
          ) { out in
            let end = Story.time(110).adding(Int64(Lifetime.sessionHours) * Lifetime.hourMs)
            Handout(oneTime: OneTime(session: Story.session, expiresAt: end)).fields(&out)
          })
      ]
    ) { (params: inout AuthenticateParams, gate) throws(Failure) in
      params.check = try gate.check(params.password, of: params.email)
    } run: { (params: AuthenticateParams, grant, out) throws(Failure) in
      let (old, password) = try grant.holder(of: params.email, params.check)
      if password.temporaryUntil != nil { throw .passwordChangeRequired }
      var new = old
      new.lastLogin = try grant.now()
      let stored = StoredUser(new)
      // Nobody who reads and then changes the account is to be told that it has changed.
      try grant.store { store throws(StoreError) in
        try store.replace(StoredUser(old), with: stored)
      }
      try endOldSessions(of: old, grant)
      let lasting = Int64(Lifetime.sessionHours) * Lifetime.hourMs
      let session = try grant.makeToken(.session, for: old, lasting: lasting)
      grant.write(stored, into: &out) { out in
        let secret = OneTime(session: session.text.text, expiresAt: session.token.expiresAt)
        grant.show(secret, as: "one_time", &out)
      }
    }
  }

  /// Sessions that have ended go, and the oldest of those beyond `sessionsMax`.
  private static func endOldSessions(
    of user: User, _ grant: Authorized<Store>
  ) throws(Failure) {
    let now = try grant.now()
    try grant.store { store throws(StoreError) in
      let sessions = try store.tokens(of: user.id).filter { $0.kind == .session }
      let live = sessions.filter { $0.expiresAt > now }
      let kept = Set(live.suffix(sessionsMax - 1).map(\.id))
      for session in sessions where !kept.contains(session.id) { try store.remove(session) }
    }
  }
}

extension Gate {
  /// Checks a password. Whether there is no such account, it has no password, or another one, takes
  /// the same time.
  func check(
    _ password: GivenPassword, of email: Email
  ) throws(Failure) -> PasswordCheck {
    try slowly { () throws(Failure) in
      var kept: Password?
      do {
        try store.beginRead()
        try refreshTime()
        let attempts = try store.attempts(of: email.attemptSubject)
        if let seconds = attempts?.waitSeconds(at: clockTime()) {
          throw Failure.tooManyAttempts(seconds)
        }
        var id: UserID?
        _ = try store.read(.email(email.value)) { id = $0.id }
        kept = try id.flatMap { (id) throws(StoreError) in try store.password(of: id) }
      } catch let failure as Failure {
        throw failure
      } catch let error as StoreError {
        throw error.failure
      } catch {
        throw .internalError
      }
      guard let kept else {
        PasswordHash.checkNothing(password.value)
        return PasswordCheck(fitting: nil)
      }
      return PasswordCheck(fitting: kept.hash.fits(password.value) ? kept.hash : nil)
    }
  }
}

extension Authorized {
  /// The account that the checked password opens. Everybody else fails in the same way: it is
  /// counted, whoever they are.
  func holder(
    of email: Email, _ check: PasswordCheck?
  ) throws(Failure) -> (user: User, password: Password) {
    let now = try now()
    let attempts = try store { store throws(StoreError) in
      try store.attempts(of: email.attemptSubject)
    }
    // Others may have failed meanwhile: guesses at once are no way around the count.
    let clockTime = gate.clockTime()
    if let seconds = attempts?.waitSeconds(at: clockTime) { throw .tooManyAttempts(seconds) }
    let user = try userIfAny(.email(email.value))
    let password = try store { store throws(StoreError) in
      try user.flatMap { (user) throws(StoreError) in try store.password(of: user.id) }
    }
    guard let user, let password, password.hash == check?.fitting,
      isOpen(user, password, at: now)
    else {
      let before = attempts ?? Attempts(failures: 0, last: clockTime)
      try setAttempts(before.failing(at: clockTime), of: email)
      try removeIfEnded(password, at: now)
      throw .invalidCredentials
    }
    if attempts != nil { try setAttempts(nil, of: email) }
    return (user, password)
  }

  private func isOpen(_ user: User, _ password: Password, at now: Timestamp) -> Bool {
    if let end = password.temporaryUntil, end <= now { return false }
    if user.isOAuth { return false }
    let status = user.flags.status
    return status == .active || (status == .invited && password.temporaryUntil != nil)
  }

  /// A temporary password that has ended goes, so that it stays refused when the clock is set back.
  private func removeIfEnded(_ password: Password?, at now: Timestamp) throws(Failure) {
    guard let password, let end = password.temporaryUntil, end <= now else { return }
    try store { store throws(StoreError) in try store.setPassword(nil, of: password.userID) }
  }

  /// Wrong guesses at a password that there is no more hold nobody up.
  func forgetAttempts(of user: User) throws(Failure) {
    if let email = user.email { try setAttempts(nil, of: Email(unchecked: email)) }
  }

  private func setAttempts(_ attempts: Attempts?, of email: Email) throws(Failure) {
    let now = gate.clockTime()
    try store { store throws(StoreError) in
      try store.setAttempts(
        attempts, of: email.attemptSubject, forgottenBefore: now.adding(-Attempts.memoryMs))
    }
  }
}

extension Email {
  /// What failures are counted under: the same for emails that there are and that there are not.
  fileprivate var attemptSubject: [UInt8] { digest(Array("sign-in\n\(value)".utf8)) }
}
