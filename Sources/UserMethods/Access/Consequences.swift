internal import Users

/// The credentials that end as a side effect of a change.
struct Consequences: Equatable {
  var kinds: Set<TokenKind> = []
  var endsPassword = false
  var endsTemporaryPassword = false

  /// - Deletion, another email or another OAuth link ends all credentials. If the account changes
  ///   its own email, only the credentials that were sent to the old email end.
  /// - Blocking or disabling ends sessions and password resets permanently. Unverifying the email
  ///   ends password resets.
  /// - A new credential ends those that it replaces.
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
