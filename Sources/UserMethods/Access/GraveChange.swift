internal import Contract
internal import Users

/// A change that only a person decides on where an agent asks for it, since it can't be undone: deleting
/// for good, and of owners and admins whatever shuts them out or changes what they may do.
struct GraveChange {
  let userID: UserID
  let version: Int
  /// Whether it was an owner's or admin's account before the call.
  let isOfSuperuser: Bool
  /// What is asked for, in words for the person who decides.
  let deed: String
  /// The method that does it, and with which members, in JSON.
  private let method: String
  let members: String

  /// How a person does the same in a shell.
  var command: String {
    let params = "{\"user_id\":\"\(userID.text)\",\(members)}"
    return "roster call \(method) \(ShellWord.quoted(params))"
  }

  /// What makes a change of an owner or admin grave. Another email or sign-in ends what opened the
  /// account.
  private static let graveForSuperusers: Touched = [
    .roles, .organization, .shutOut, .deletion, .email, .link,
  ]

  /// nil for a change that is not grave. `known` is the account as it was before the call, which may
  /// have changed what people know it by; `now` is the time of the change.
  init?(_ change: AccountChange, known: User, at now: Timestamp) {
    guard let before = change.before else { return nil }
    (userID, version) = (before.id, before.version)
    isOfSuperuser = known.flags.contains(.superuser)
    let touched = change.touches.intersection(Self.graveForSuperusers)
    guard change.after == nil || isOfSuperuser && !touched.isEmpty else { return nil }
    let name = QuestionWords.name(of: known, at: now)
    guard let after = change.after else {
      deed = "delete \(name) for good"
      (method, members) = ("users.delete", #""mode":"permanent""#)
      return
    }
    if touched.contains(.deletion) {
      deed = "delete \(name), who could come back as a member at most"
      (method, members) = ("users.delete", #""mode":"soft""#)
      return
    }
    let parts = Self.parts(from: before, to: after, touched)
    let whoms = [name] + Array(repeating: "them", count: parts.count)
    deed = zip(parts, whoms).map { part, whom in part.deed(whom) }.joined(separator: ", and ")
    (method, members) = ("users.update", parts.map(\.member).joined(separator: ","))
  }

  /// What is done to whom, and as a member of `users.update`.
  private typealias Part = (deed: (_ whom: String) -> String, member: String)

  private static func parts(from before: User, to after: User, _ touched: Touched) -> [Part] {
    var parts: [Part] = []
    func add(_ name: String, _ value: some ResultValue, _ deed: @escaping (String) -> String) {
      parts.append((deed, "\"\(name)\":" + ExampleValue(value).json))
    }
    if after.flags.contains(.blocked), !before.flags.contains(.blocked) {
      add("is_blocked", true) { "block \($0)" }
    }
    if !after.flags.contains(.active), before.flags.contains(.active) {
      add("is_active", false) { "disable \($0)" }
    }
    if touched.contains(.roles) {
      let change = QuestionWords.change(of: before.roles, to: after.roles)
      add("roles", after.roles) { "change the roles of \($0) (\(change))" }
    }
    if touched.contains(.organization) {
      let place = after.organizationID.map { "to the organization " + QuestionWords.quoted($0) }
      add("org_id", after.organizationID) { "move \($0) \(place ?? "out of their organization")" }
    }
    if touched.contains(.email) {
      let email = after.email.map(QuestionWords.quoted) ?? "none"
      add("email", after.email) { "change the email of \($0) to \(email)" }
    }
    if touched.contains(.link) {
      let provider = after.oauthProvider.map(QuestionWords.quoted) ?? "no provider"
      let id = after.oauthID.map { " as " + QuestionWords.quoted($0) } ?? ""
      add("oauth_provider", after.oauthProvider) { "have \($0) sign in at \(provider)\(id)" }
      parts[parts.count - 1].member += ",\"oauth_id\":" + ExampleValue(after.oauthID).json
    }
    return parts
  }
}
