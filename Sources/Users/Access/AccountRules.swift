internal import Contract

/// What must hold for an account, whoever changes it.
///
/// A change is checked for what it touches: what an account has been since before a rule, or a policy,
/// keeps nobody from blocking or renaming it.
enum AccountRules {
  /// Lists all problems.
  static func check(_ change: AccountChange, _ policy: Policy) throws(Failure) {
    guard let user = change.after, user.deletedAt == nil else { return }
    let old = change.before
    func touches(_ differs: (User) -> Bool) -> Bool { old.map(differs) ?? true }
    let movesEmail = touches { $0.email != user.email }
    let movesLink = touches {
      $0.oauthProvider != user.oauthProvider || $0.oauthID != user.oauthID
    }
    var problems: [Failure.Problem] = []
    if user.email == nil, !user.flags.contains(.serviceAccount), movesEmail {
      problems.append(.init("/email", "is required, except for service accounts"))
    }
    if user.organizationID == nil, policy.needsOrganization(user),
      change.isRestoration || touches({ $0.organizationID != nil || $0.roles != user.roles })
    {
      problems.append(.init("/org_id", "is required for accounts that are not owners or admins"))
    }
    if (user.oauthProvider == nil) != (user.oauthID == nil), movesLink {
      let missing = user.oauthID == nil ? "/oauth_id" : "/oauth_provider"
      problems.append(.init(missing, "is required: oauth_provider and oauth_id go together"))
    }
    if user.isOAuth, user.email == nil, movesEmail || movesLink {
      problems.append(.init("/email", "is required for an account that signs in elsewhere"))
    }
    if movesEmail || movesLink || touches({ $0.username != user.username }) {
      problems += problemsOfUsername(user)
    }
    if !problems.isEmpty { throw .invalidParams(problems) }
  }

  private static func problemsOfUsername(_ user: User) -> [Failure.Problem] {
    var problems: [Failure.Problem] = []
    if user.isOAuth, user.username != user.email {
      problems.append(
        .init("/username", "must be the email for an account that signs in elsewhere"))
    }
    if user.username != user.defaultUsername, !Username.fitsChosenPattern(user.username) {
      problems.append(.init("/username", "must match \(Username.chosenPattern), or be the email"))
    }
    return problems
  }
}
