internal import Contract
internal import Users

/// What must hold for an account, whoever changes it.
///
/// A change is checked for what it touches: what an account has been since before a rule, or a policy,
/// keeps nobody from blocking or renaming it.
enum AccountRules {
  /// Lists all problems of `user`, who was `old` before.
  static func check(
    _ user: User, after old: User?, _ touches: Touched, _ policy: Policy
  ) throws(Failure) {
    let checked: Touched = [
      .creation, .restoration, .email, .username, .link, .roles, .organization,
    ]
    if touches.isDisjoint(with: checked) || touches.contains(.deletion) { return }
    func touched(_ parts: Touched) -> Bool {
      touches.contains(.creation) || !touches.isDisjoint(with: parts)
    }
    var problems: [Failure.Problem] = []
    if user.email == nil, !user.flags.contains(.serviceAccount), touched(.email) {
      problems.append(.init("/email", "is required, except for service accounts"))
    }
    if user.organizationID == nil, touched([.organization, .roles, .restoration]),
      policy.needsOrganization(user)
    {
      problems.append(.init("/org_id", "is required for accounts that are not owners or admins"))
    }
    // What comes back was there before.
    if touched(.roles), !touches.contains(.restoration) {
      for role in user.roles where !(old?.roles.contains(role) ?? false) {
        if let problem = problem(ofRole: role, policy) { problems.append(problem) }
      }
    }
    if (user.oauthProvider == nil) != (user.oauthID == nil), touched(.link) {
      let missing = user.oauthID == nil ? "/oauth_id" : "/oauth_provider"
      problems.append(.init(missing, "is required: oauth_provider and oauth_id go together"))
    }
    if user.isOAuth, user.email == nil, touched([.email, .link]) {
      problems.append(.init("/email", "is required for an account that signs in elsewhere"))
    }
    if touched([.email, .link, .username, .restoration]) {
      addProblemsOfUsername(user, isGiven: touched(.username), to: &problems)
      if user.hasForeignEmailAsUsername,
        !(old.map { $0.hasForeignEmailAsUsername && $0.username == user.username } ?? false)
      {
        problems.append(.init("/username", foreignEmail))
      }
    }
    if !problems.isEmpty { throw .invalidParams(problems) }
  }

  private static let foreignEmail =
    "must not be an email, but for the account's own: others could not use it"

  /// A label that looks like a role would grant nothing, and nobody would know why.
  private static func problem(ofRole name: String, _ policy: Policy) -> Failure.Problem? {
    policy.role(alike: name).map {
      .init("/roles", "can't hold \"\(name)\", which is no role; did you mean \"\($0)\"?")
    }
  }

  /// One that was chosen before the account was linked waits until it is linked no more.
  private static func addProblemsOfUsername(
    _ user: User, isGiven: Bool, to problems: inout [Failure.Problem]
  ) {
    if user.isOAuth, isGiven, user.username != user.email {
      problems.append(
        .init("/username", "must be the email for an account that signs in elsewhere"))
    }
    if user.username != user.defaultUsername, !Username.fitsChosenPattern(user.username) {
      problems.append(.init("/username", "must match \(Username.chosenPattern), or be the email"))
    }
  }
}
