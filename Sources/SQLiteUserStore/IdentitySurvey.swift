internal import Contract
internal import Users

/// What accounts that were read say of who is who.
struct IdentitySurvey {
  struct Entry: Hashable {
    let kind: Int64
    let key: String
    let user: Int64
  }

  /// What the table of identities is to hold.
  private(set) var entries: Set<Entry> = []
  /// Accounts that no letter can reach, with what is wrong.
  private(set) var unmailable: [String] = []
  /// Accounts whose username keeps an email from whoever it may belong to.
  private(set) var blocking: [String] = []

  mutating func add(_ row: UserRow) {
    enter(.email, row.email, row)
    enter(.username, row.username, row)
    if let username = row.username?.string, username.holds("@"),
      row.email.map({ IdentityKey.of($0.string) }) != IdentityKey.of(username),
      !row.flags.contains(.deleted)
    {
      blocking.append("\(username) (\(row.id.text))")
    }
    guard let email = row.email, !row.flags.contains(.deleted),
      let problem = Email.problem(of: email.string)
    else { return }
    unmailable.append("\(email.string) (\(row.id.text)) \(problem)")
  }

  private mutating func enter(_ kind: IdentityTable.Kind, _ text: Text?, _ row: UserRow) {
    guard let key = text.flatMap(IdentityTable.key) else { return }
    entries.insert(Entry(kind: kind.rawValue, key: key, user: row.id.key))
  }
}
