internal import Contract
internal import Users

extension ContentCheck {
  /// Checks that the table of identities agrees with the accounts.
  func identities(_ survey: IdentitySurvey) throws(StoreError) -> Check {
    let statement = try connection.prepare("SELECT kind, identity, user_key FROM identities")
    var rest = survey.entries
    var wrong = 0
    while try statement.step() {
      let entry = IdentitySurvey.Entry(
        kind: statement.int(0), key: statement.text(1)?.string ?? "", user: statement.int(2))
      if rest.remove(entry) == nil { wrong += 1 }
    }
    wrong += rest.count
    if wrong == 0 { return .ok("identities", "all agree with the accounts") }
    return .fail("identities", "\(wrong) do not agree with the accounts", Self.restore)
  }

  /// Finds emails and usernames that older stores may contain and that a new account could not
  /// have.
  func names(_ survey: IdentitySurvey) throws(StoreError) -> Check {
    var found: [String] = []
    for (kind, word) in [(IdentityTable.Kind.email, "email"), (.username, "username")] {
      let groups = try alike(kind)
      if groups.isEmpty { continue }
      found.append("the same \(word) in several spellings: " + groups.joined(separator: "; "))
    }
    if !survey.unmailable.isEmpty {
      found.append("emails can't be delivered to: " + survey.unmailable.joined(separator: "; "))
    }
    if !survey.blocking.isEmpty {
      found.append(
        "usernames that are not valid as an email: " + survey.blocking.joined(separator: "; "))
    }
    if found.isEmpty { return .ok("names", "each email and username belongs to one account") }
    return .warn(
      "names", found.joined(separator: ". "),
      "Change them: roster call users.update user_id=ID email=ADDRESS, or username=NAME."
    )
  }

  /// Sets of accounts that share an email or a username, each set as one text.
  private func alike(_ kind: IdentityTable.Kind) throws(StoreError) -> [String] {
    let keys = try connection.prepare(
      "SELECT DISTINCT identity FROM identities WHERE kind = \(kind.rawValue) ORDER BY identity")
    let isEntered = "key IN (SELECT user_key FROM identities WHERE identity = ?1 AND kind = "
    let hasEmail = "(email = ?1 OR \(isEntered)0))"
    let hasUsername = "(username = ?1 OR \(isEntered)1) OR (username IS NULL AND \(hasEmail)))"
    let holders = try connection.prepare(
      """
      SELECT \(Columns.list), \(kind == .email ? "email" : "coalesce(username, email)") FROM users
        WHERE \(kind == .email ? hasEmail : hasUsername) AND deleted_at IS NULL ORDER BY key
      """)
    var groups: [String] = []
    while try keys.step() {
      holders.bind(1, copying: keys.text(0)?.string ?? "")
      var group: [String] = []
      while try holders.step() {
        let id = Columns.id(holders)
        group.append("\(holders.text(2)?.string ?? "") (\(id.text))")
      }
      holders.reset()
      if group.count > 1 { groups.append(group.joined(separator: ", ")) }
    }
    return groups
  }
}
