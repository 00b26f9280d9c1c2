internal import Users

/// Records when the calling token was last used: at most once a minute while it is valid, and one
/// use after it has expired.
final class TokenUse<Store: UserStore> {
  private static var noteMs: Int64 { Lifetime.minuteMs }

  private let store: Store
  private let authorizer: Authorizer<Store>
  private let clock: StoreClock<Store>
  private var notedAt: Timestamp?
  private var isEndNoted = false

  init(_ store: Store, _ authorizer: Authorizer<Store>, _ clock: StoreClock<Store>) {
    self.store = store
    self.authorizer = authorizer
    self.clock = clock
  }

  /// Call this between transactions. Does not wait while another process writes: then returns true,
  /// and has to be called again soon.
  func note() -> Bool {
    guard case .token(let digest) = authorizer.identity else { return false }
    if authorizer.endSeenAt == nil ? !isDue() : isEndNoted { return false }
    do {
      guard try store.beginWriteIfFree() else {
        notedAt = nil
        return true
      }
      if let token = try store.token(.digest(digest)) { try note(token) }
      try store.commit()
      isEndNoted = authorizer.endSeenAt != nil
    } catch {
      // Recording the use must not fail a request.
      store.rollback()
    }
    return false
  }

  private func isDue() -> Bool {
    let now = clock.systemTime
    if !authorizer.isCallerKnown { return false }
    if let notedAt, now < notedAt.adding(Self.noteMs), now >= notedAt { return false }
    notedAt = now
    return true
  }

  private func note(_ token: Token) throws(StoreError) {
    try clock.refresh()
    let end = authorizer.endSeenAt
    let time = end ?? clock.now
    let isNews = token.lastUsed.map {
      end == nil ? time >= $0.adding(Self.noteMs) : $0 < token.expiresAt
    }
    guard isNews ?? true else { return }
    var used = token
    used.lastUsed = time
    try store.replace(used)
  }
}
