public import Contract
internal import Secrets
internal import Users

/// Decides which letters leave: those whose secret is still good when its group is kept, and of one account
/// one a minute.
///
/// A letter is noted in the group that keeps its secret, so that other processes know of it at once, and the
/// note is taken back if the mailer does not take the letter.
struct LetterKeeper<Store: UserStore> {
  private let store: Store
  private let clock: StoreClock<Store>

  /// So long after a letter to an account no other one goes to the same address.
  private static var paceMs: Int64 { Lifetime.minuteMs }

  init(_ store: Store, _ clock: StoreClock<Store>) {
    self.store = store
    self.clock = clock
  }

  /// How many seconds to wait before another letter; nil for none, also where the latest lies ahead: the clock
  /// was set back.
  func waitSeconds(before user: User) throws(StoreError) -> Int? {
    guard let email = user.email,
      let note = try store.attempts(of: Self.subject(user.id, email))
    else { return nil }
    let (now, end) = (clock.systemTime, note.last.adding(Self.paceMs))
    guard end > now, end <= now.adding(Self.paceMs) else { return nil }
    return Int((end.milliseconds - now.milliseconds + 999) / 1000)
  }

  /// Leaves out of the group that is about to be kept what it has made useless itself, and notes the rest.
  func settle(_ outbox: inout Outbox) throws(StoreError) {
    var served: Set<UserID> = []
    for at in outbox.letters.indices.reversed() {
      let id = outbox.letters[at].userID
      let letter = served.contains(id) ? nil : try current(outbox.letters[at].letter, to: id)
      outbox.letters[at].isWanted = letter != nil
      guard let letter else { continue }
      outbox.letters[at].letter = letter
      served.insert(id)
      try note(Attempts(failures: 1, last: clock.systemTime), letter, id)
    }
  }

  /// The letter to the account as it is now; nil if its secret does not open the account for whoever gets it.
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
    // An account is given one when it is made, and never another.
    case .temporaryPassword: return try store.password(of: id)?.temporaryUntil != nil
    }
  }

  /// Takes back the notes of letters that the mailer did not take. What can't be taken back counts a minute.
  func forget(_ letters: [Outbox.Waiting]) {
    if letters.isEmpty { return }
    do {
      try store.beginWrite()
      for waiting in letters { try note(nil, waiting.letter, waiting.userID) }
      try store.end()
    } catch {
      store.abandon()
    }
  }

  private func note(_ note: Attempts?, _ letter: Letter, _ id: UserID) throws(StoreError) {
    let forgotten = clock.systemTime.adding(-Attempts.memoryMs)
    try store.setAttempts(note, of: Self.subject(id, letter.email), forgottenBefore: forgotten)
  }

  /// What the latest letter is noted under, beside the failures to sign in.
  private static func subject(_ id: UserID, _ email: String) -> [UInt8] {
    digest(Array("letter\n\(id.text)\n\(IdentityKey.of(email))".utf8))
  }
}

extension Gate {
  /// To be called before a group is kept that letters wait for.
  public func settle(_ outbox: inout Outbox) throws(Failure) {
    try failing { () throws(StoreError) in try letters.settle(&outbox) }
  }

  /// Sends the letters of a group that was kept; says at which places in the replies is to be told whether one
  /// has left.
  public func send(
    _ outbox: inout Outbox, by deliver: Postman?
  ) -> [(place: Int, isDelivered: Bool)] {
    let sent = outbox.send(deliver)
    letters.forget(sent.undelivered)
    return sent.answers
  }
}

extension ScopedStore {
  /// Refuses a letter to an account that has just got one. Whether one that waits counts is known when it has
  /// left.
  func checkLetterPace(of user: User) throws(Failure) {
    if !gate.isMailing { return }
    if request.waitingLetters.contains(user.id) { throw .notYet }
    let seconds = try failing { () throws(StoreError) in
      try gate.letters.waitSeconds(before: user)
    }
    if let seconds { throw .tooManyLetters(seconds) }
  }
}
