internal import Contract
internal import JSON

/// A change that only a person decides on where an agent asks for it, since it can't be undone: deleting
/// for good, and of owners and admins whatever shuts them out or changes what they may do.
struct GraveChange {
  let userID: UserID
  let version: Int
  /// What is asked for, in words for the person who decides.
  let deed: String
  /// The method that does it, and what it is to do, as `roster call` takes it.
  private let method: String
  let act: String

  /// How a person does the same in a shell.
  var command: String { "roster call \(method) user_id=\(userID.text) \(act)" }

  /// What makes a change of an owner or admin grave. Another email or sign-in ends what opened the
  /// account.
  private static let graveForSuperusers: Touched = [
    .roles, .organization, .shutOut, .deletion, .email, .link,
  ]

  /// nil for a change that is not grave.
  init?(_ change: AccountChange) {
    guard let before = change.before else { return nil }
    guard let after = change.after else {
      self.init(
        before, "delete \(Self.name(of: before)) for good", "users.delete", "mode=permanent")
      return
    }
    let touched = change.touches.intersection(Self.graveForSuperusers)
    guard before.flags.contains(.superuser), !touched.isEmpty else { return nil }
    if touched.contains(.deletion) {
      self.init(
        before, "delete \(Self.title(of: before)), who could come back as a member at most",
        "users.delete", "mode=soft")
      return
    }
    let parts = Self.parts(from: before, to: after, touched)
    let members = parts.map { ShellWord.quoted($0.member) }.joined(separator: " ")
    let whoms = [Self.title(of: before)] + Array(repeating: "them", count: parts.count)
    let deeds = zip(parts, whoms).map { part, whom in part.deed(whom) }
    self.init(
      before, deeds.joined(separator: ", and "), "users.update", members)
  }

  private init(_ user: User, _ deed: String, _ method: String, _ act: String) {
    userID = user.id
    version = user.version
    self.deed = deed
    self.method = method
    self.act = act
  }

  /// What is done to whom, and as a member of `users.update`.
  private typealias Part = (deed: (_ whom: String) -> String, member: String)

  private static func parts(from before: User, to after: User, _ touched: Touched) -> [Part] {
    var parts: [Part] = []
    func add(_ name: String, _ value: some ResultValue, _ deed: @escaping (String) -> String) {
      parts.append((deed, name + "=" + ExampleValue(value).json))
    }
    if after.flags.contains(.blocked), !before.flags.contains(.blocked) {
      add("is_blocked", true) { "block \($0)" }
    }
    if !after.flags.contains(.active), before.flags.contains(.active) {
      add("is_active", false) { "disable \($0)" }
    }
    if touched.contains(.roles) {
      let roles = after.roles.joined(separator: ", ")
      add("roles", after.roles) { "change the roles of \($0) to \(roles)" }
    }
    if touched.contains(.organization) {
      let name = shown(after.organizationID)
      add("org_id", after.organizationID) { "move \($0) to the organization \(name)" }
    }
    if touched.contains(.email) {
      add("email", after.email) { "change the email of \($0) to \(shown(after.email))" }
    }
    if touched.contains(.link) {
      let provider = shown(after.oauthProvider)
      add("oauth_provider", after.oauthProvider) { "have \($0) sign in at \(provider)" }
      let id = shown(after.oauthID)
      add("oauth_id", after.oauthID) { "have \($0) sign in as \(id)" }
    }
    return parts
  }

  private static func shown(_ text: String?) -> String { text.map(quoted) ?? "none" }

  private static func title(of user: User) -> String {
    (user.flags.contains(.owner) ? "the owner " : "the admin ") + name(of: user)
  }

  /// The account as people know it. What others chose is in quotes, cannot turn the line, and is cut.
  private static func name(of user: User) -> String {
    "\(quoted(user.name)) (\((user.email ?? user.id.text).showingControls()))"
  }

  private static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let cut = String(String.UnicodeScalarView(scalars.prefix(shownScalarsMax)))
    let rest = scalars.count > shownScalarsMax ? "…" : ""
    return "\"" + cut.showingControls().replacing("\"", by: "'") + rest + "\""
  }

  private static let shownScalarsMax = 80
}
