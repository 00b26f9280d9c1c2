internal import Contract
internal import JSON
internal import Secrets
internal import Users

enum Authenticate {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (params, control, request) throws(Failure) in
      try control.check(params.password, of: params.email, request)
    } run: { (params, check, store, out) throws(Failure) in
      let (old, password) = try store.holder(of: params.email, check)
      if password.temporaryUntil != nil { throw .passwordChangeRequired }
      var new = old
      new.lastLogin = try store.now()
      let applied = try store.apply(.update(old, to: new, opening: .session))
      store.write(applied, into: &out) { out in
        guard let session = applied.opened else { return }
        let secret = OneTimeSecret(session: session.secret, expiresAt: session.expiresAt)
        store.write(fieldsOf: SecretDelivery(oneTime: secret), into: &out)
      }
    }
  }
}

struct AuthenticateParams: Params {
  let email: Email
  let password: GivenPassword

  init(_ v: inout ParamVisitor) {
    let given: GivenEmail = v.required("email", "Email of the account.")
    email = given.email
    password = v.required("password", "Its password.")
  }
}

extension AuthenticateParams: ForeseenParams {
  var lookups: [Lookup] { [.user(.email(email.value))] }
}

extension StoreAccessControl {
  /// Checks a password. An unknown account, an account without a password and a wrong password take
  /// the same time.
  func check(
    _ password: GivenPassword, of email: Email, _ request: RequestContext
  ) throws(Failure) -> PasswordCheck {
    try beforeWriteLock(request) { () throws(Failure) in
      let store = try peek(request)
      try store.checkPace(of: email.attemptSubject)
      let user = try store.userIfAny(.email(email.value))
      guard let kept = try user.flatMap({ (user) throws(Failure) in try store.password(of: user) })
      else {
        for spelling in password.spellings { PasswordHash.checkNothing(spelling) }
        return PasswordCheck(fitting: nil)
      }
      let fits = password.spellings.contains { kept.hash.fits($0) }
      return PasswordCheck(fitting: fits ? kept.hash : nil)
    }
  }
}

extension ScopedStore {
  /// The account that the checked password opens. All failures look the same and are counted,
  /// whether or not the account exists.
  func holder(
    of email: Email, _ check: PasswordCheck
  ) throws(Failure) -> (user: User, password: Password) {
    let now = try now()
    // Other attempts may have failed in the meantime, and parallel guesses must not evade the
    // limit.
    let attempts = try checkPace(of: email.attemptSubject)
    let user = try userIfAny(.email(email.value))
    let password = try user.flatMap { (user) throws(Failure) in try self.password(of: user) }
    guard let user, let password, password.hash == check.fitting,
      isOpen(user, password, at: now)
    else {
      try countFailure(of: email.attemptSubject)
      try removeIfEnded(password, at: now)
      throw .invalidCredentials
    }
    if attempts != nil { try setAttempts(nil, of: email.attemptSubject) }
    request.subjectID = user.id
    return (user, password)
  }

  /// Refuses further guesses for a while after several failures in a row.
  @discardableResult
  func checkPace(of subject: [UInt8]) throws(Failure) -> Attempts? {
    let attempts = try attempts(of: subject)
    if let seconds = attempts?.waitSeconds(at: control.clock.systemTime) {
      throw .tooManyAttempts(seconds)
    }
    return attempts
  }

  func countFailure(of subject: [UInt8]) throws(Failure) {
    let now = control.clock.systemTime
    let before = try attempts(of: subject) ?? Attempts(failures: 0, last: now)
    try setAttempts(before.failing(at: now), of: subject)
  }

  private func isOpen(_ user: User, _ password: Password, at now: Timestamp) -> Bool {
    if let end = password.temporaryUntil, end <= now { return false }
    if user.isOAuth { return false }
    let status = user.flags.status
    return status == .active || (status == .invited && password.temporaryUntil != nil)
  }

  /// Removes an expired temporary password, so that it stays invalid if the clock is set back.
  private func removeIfEnded(_ password: Password?, at now: Timestamp) throws(Failure) {
    guard let password, let end = password.temporaryUntil, end <= now else { return }
    try discard(password)
  }
}

extension Email {
  /// The key under which failures are counted; the same whether or not the email has an account.
  var attemptSubject: [UInt8] { digest(Array("sign-in\n\(IdentityKey.of(value))".utf8)) }
}

extension Authenticate {
  static let declaration = Declaration(
    AuthenticateParams.self,
    "users.authenticate", "Checks a password, and begins a session.", access: .open,
    effect: .write, isIdempotent: false,
    refusals: [.unauthenticated, .failedPrecondition, .rateLimited],
    result: .object(SecretDelivery.userFields),
    examples: [
      MethodExample(
        "Signs a person in",
        ["email": "kim@acme.example", "password": "correct horse battery"],
        result: .object(
          ExampleData.changed(ExampleData.arrivedKim, at: 100, version: 2) { user in
            user.lastLogin = ExampleData.time(110)
          }
        ) { out in
          let end = ExampleData.time(110).adding(Int64(Lifetime.sessionHours) * Lifetime.hourMs)
          SecretDelivery(oneTime: OneTimeSecret(session: ExampleData.session, expiresAt: end))
            .fields(&out)
        })
    ])
}
