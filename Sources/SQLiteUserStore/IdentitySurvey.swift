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

  mutating func add(_ row: UserRow) {
    enter(.email, row.email, row)
    enter(.username, row.username, row)
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
