public import Contract
internal import Secrets
internal import Users

/// Decides which emails are sent: only those whose secret is still valid at the commit, and at most
/// one a minute to each account.
///
/// A note of each email is committed together with its secret, so that other processes see it at
/// once. The note is removed if the mailer does not accept the email.
struct LetterKeeper<Store: UserStore> {
  private let store: Store
  private let clock: StoreClock<Store>

  /// The minimum interval between emails to one account at one address, in milliseconds.
  private static var paceMs: Int64 { Lifetime.minuteMs }

  init(_ store: Store, _ clock: StoreClock<Store>) {
    self.store = store
    self.clock = clock
  }

  /// How many seconds to wait before another email; nil for no wait. A note with a time in the
  /// future is ignored, because the clock was set back.
  func waitSeconds(before user: User) throws(StoreError) -> Int? {
    guard let email = user.email,
      let note = try store.attempts(of: Self.subject(user.id, email))
    else { return nil }
    let (now, end) = (clock.systemTime, note.last.adding(Self.paceMs))
    guard end > now, end <= now.adding(Self.paceMs) else { return nil }
    return Int((end.milliseconds - now.milliseconds + 999) / 1000)
  }

  /// Drops emails that the transaction itself made useless, and notes the others.
  func settle(_ pendingMail: inout PendingMail) throws(StoreError) {
    var served: Set<UserID> = []
    for at in pendingMail.letters.indices.reversed() {
      let id = pendingMail.letters[at].userID
      let letter = served.contains(id) ? nil : try current(pendingMail.letters[at].letter, to: id)
      pendingMail.letters[at].isWanted = letter != nil
      guard let letter else { continue }
      pendingMail.letters[at].letter = letter
      served.insert(id)
      try note(Attempts(failures: 1, last: clock.systemTime), letter, id)
    }
  }

  /// The email with the current name; nil if its secret doesn't open the account for the recipient.
  private func current(_ letter: Letter, to id: UserID) throws(StoreError) -> Letter? {
    var user: User?
    _ = try store.read(.id(id)) { user = User($0) }
    guard let user, user.email == letter.email, ![.disabled, .deleted].contains(user.flags.status),
      try isGood(letter, for: id)
    else { return nil }
    return Letter(
      kind: letter.kind, email: letter.email, name: user.name, secret: letter.secret,
      expiresAt: letter.expiresAt)
  }

  private func isGood(_ letter: Letter, for id: UserID) throws(StoreError) -> Bool {
    switch letter.kind {
    case .invitation, .passwordReset:
      guard let digest = TokenText(letter.secret)?.digest else { return false }
      return try store.token(.digest(digest))?.userID == id
    // A temporary password is only created with the account, and never replaced by another.
    case .temporaryPassword: return try store.password(of: id)?.temporaryUntil != nil
    }
  }

  /// Removes the notes of emails that were not sent. If that fails, a note delays the next email by
  /// at most a minute.
  func forget(_ letters: [PendingMail.Waiting]) {
    if letters.isEmpty { return }
    do {
      try store.beginWrite()
      for waiting in letters { try note(nil, waiting.letter, waiting.userID) }
      try store.commit()
    } catch {
      store.rollback()
    }
  }

  private func note(_ note: Attempts?, _ letter: Letter, _ id: UserID) throws(StoreError) {
    let forgotten = clock.systemTime.adding(-Attempts.memoryMs)
    try store.setAttempts(note, of: Self.subject(id, letter.email), forgottenBefore: forgotten)
  }

  /// The key of the note on the latest email, in the table of failed sign-ins.
  private static func subject(_ id: UserID, _ email: String) -> [UInt8] {
    digest(Array("letter\n\(id.text)\n\(IdentityKey.of(email))".utf8))
  }
}

extension StoreAccessControl {
  /// Call this before the commit of a transaction with pending emails.
  public func settle(_ pendingMail: inout PendingMail) throws(Failure) {
    try failing { () throws(StoreError) in try letters.settle(&pendingMail) }
  }

  /// Sends the emails of a committed transaction. Returns the offsets in the replies at which to
  /// insert whether each email was sent.
  public func send(
    _ pendingMail: inout PendingMail, by deliver: Postman?
  ) -> [(offset: Int, isDelivered: Bool)] {
    let sent = pendingMail.send(deliver)
    letters.forget(sent.undelivered)
    return sent.answers
  }
}

extension ScopedStore {
  /// Refuses an email to an account that just got one. If one is pending, the request is repeated
  /// after that was sent or failed.
  func checkLetterPace(of user: User) throws(Failure) {
    if !control.isMailing { return }
    if request.waitingLetters.contains(user.id) { throw .notYet }
    let seconds = try failing { () throws(StoreError) in
      try control.letters.waitSeconds(before: user)
    }
    if let seconds { throw .tooManyLetters(seconds) }
  }
}
