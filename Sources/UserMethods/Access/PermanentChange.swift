internal import Contract
internal import Users

/// A change that needs a person's consent if an agent requests it: a permanent deletion, which
/// can't be undone, or one that shuts out an owner or admin or alters their permissions.
struct PermanentChange {
  let userID: UserID
  let version: Int
  /// Whether the account was an owner's or admin's before the call.
  let isOfSuperuser: Bool
  /// The requested change in words, for the person who decides.
  let deed: String
  /// The method that makes the change, and its params as JSON fields.
  private let method: String
  let fields: String

  /// The shell command that makes the same change.
  var command: String {
    let params = "{\"user_id\":\"\(userID.text)\",\(fields)}"
    return "roster call \(method) \(ShellWord.quoted(params))"
  }

  /// The changes that need consent if the account is an owner or admin. Another email or OAuth link
  /// ends the account's credentials.
  private static let permanentForSuperusers: Touched = [
    .roles, .organization, .shutOut, .deletion, .email, .link,
  ]

  /// nil for a change that needs no consent. `known` is the account before the call, with the name
  /// and email that people know; `now` is the time of the change.
  init?(_ change: AccountChange, known: User, at now: Timestamp) {
    guard let before = change.before else { return nil }
    (userID, version) = (before.id, before.version)
    isOfSuperuser = known.flags.contains(.superuser)
    let touched = change.touches.intersection(Self.permanentForSuperusers)
    guard change.after == nil || isOfSuperuser && !touched.isEmpty else { return nil }
    let name = QuestionWords.name(of: known, at: now)
    guard let after = change.after else {
      deed = "delete \(name) for good"
      (method, fields) = ("users.delete", #""mode":"permanent""#)
      return
    }
    if touched.contains(.deletion) {
      deed = "delete \(name), who could come back as a member at most"
      (method, fields) = ("users.delete", #""mode":"soft""#)
      return
    }
    let parts = Self.parts(from: before, to: after, touched)
    let whoms = [name] + Array(repeating: "them", count: parts.count)
    deed = zip(parts, whoms).map { part, whom in part.deed(whom) }.joined(separator: ", and ")
    (method, fields) = ("users.update", parts.map(\.field).joined(separator: ","))
  }

  /// The text for a given account name, and the field of `users.update`.
  private typealias Part = (deed: (_ whom: String) -> String, field: String)

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
      let destination = after.organizationID.map {
        "to the organization " + QuestionWords.quoted($0)
      }
      add("org_id", after.organizationID) {
        "move \($0) \(destination ?? "out of their organization")"
      }
    }
    if touched.contains(.email) {
      let email = after.email.map(QuestionWords.quoted) ?? "none"
      add("email", after.email) { "change the email of \($0) to \(email)" }
    }
    if touched.contains(.link) {
      let provider = after.oauthProvider.map(QuestionWords.quoted) ?? "no provider"
      let id = after.oauthID.map { " as " + QuestionWords.quoted($0) } ?? ""
      add("oauth_provider", after.oauthProvider) { "have \($0) sign in at \(provider)\(id)" }
      parts[parts.count - 1].field += ",\"oauth_id\":" + ExampleValue(after.oauthID).json
    }
    return parts
  }
}
