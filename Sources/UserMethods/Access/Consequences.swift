internal import Users

/// What ends because of a change, besides what it says itself.
struct Consequences: Equatable {
  var kinds: Set<TokenKind> = []
  var endsPassword = false
  var endsTemporaryPassword = false

  /// - A new identity keeps no old way in, unless its own account chose another email: then only what
  ///   was sent to the old one ends.
  /// - A block ends sessions and pending resets for good, a doubt about the email the resets.
  /// - A new way takes the place of what let the person in before.
  init(of change: AccountChange, by actor: Actor) {
    let touches = change.touches
    if touches.contains(.creation) { return }
    let isByAnother = actor.isOther(than: change.before?.id)
    if touches.contains(.deletion) || touches.contains(.link)
      || touches.contains(.email) && isByAnother
    {
      kinds = Set(TokenKind.allCases)
      endsPassword = true
      return
    }
    if touches.contains(.email) {
      kinds.formUnion([.invitation, .passwordReset])
      endsTemporaryPassword = true
    }
    if touches.contains(.shutOut) { kinds.formUnion([.session, .passwordReset]) }
    if touches.contains(.doubt) { kinds.insert(.passwordReset) }
    switch change.opens {
    case .invitation:
      kinds.insert(.invitation)
      endsPassword = true
    case .temporaryPassword: kinds.insert(.invitation)
    case .firstPassword: kinds.formUnion([.invitation, .passwordReset])
    case .newPassword: kinds.formUnion([.session, .passwordReset, .invitation])
    case .passwordReset: kinds.insert(.passwordReset)
    case .apiToken, .session, nil: break
    }
  }
}
