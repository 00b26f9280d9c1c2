internal import Contract
internal import Users

/// The identities of the accounts that were read, and problems with them.
struct IdentitySurvey {
  struct Entry: Hashable {
    let kind: Int64
    let key: String
    let user: Int64
  }

  /// The expected contents of the table of identities.
  private(set) var entries: Set<Entry> = []
  /// Accounts whose email can't receive mail, with the reason.
  private(set) var unmailable: [String] = []
  /// Accounts whose username looks like an email that is not theirs, and blocks the owner of that
  /// email.
  private(set) var blocking: [String] = []

  mutating func add(_ row: UserView) {
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

  private mutating func enter(_ kind: IdentityTable.Kind, _ text: BorrowedText?, _ row: UserView) {
    guard let key = text.flatMap(IdentityTable.key) else { return }
    entries.insert(Entry(kind: kind.rawValue, key: key, user: row.id.key))
  }
}
