internal import Contract
internal import Users

/// The rules that every account has to satisfy, whichever actor changes it.
///
/// Only the fields that a change touches are checked: an account that violates a newer rule or
/// policy can still be blocked or renamed.
enum AccountRules {
  /// Throws all problems of `user`; `old` is the account before the change.
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
      problems.append(.init("/org_id", "is required, except for owners and admins"))
    }
    // The roles of a restored account were checked before.
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
    "must not be an email other than the account's own"

  /// Refuses a label that resembles a role: it would grant nothing, and the mistake would go
  /// unnoticed.
  private static func problem(ofRole name: String, _ policy: Policy) -> Failure.Problem? {
    policy.role(alike: name).map {
      .init("/roles", "can't hold \"\(name)\", which is not a role; did you mean \"\($0)\"?")
    }
  }

  /// A username that was chosen before the account was linked is kept until the link is removed.
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
