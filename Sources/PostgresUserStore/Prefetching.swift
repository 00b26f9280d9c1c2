internal import Contract
public import Users

// The lookups that were announced are fetched in one trip: with the lock, or with the first read.
extension PostgresUserStore {
  /// How many accounts are fetched in one trip.
  private static let usersMax = 128

  public var foresees: Bool { true }

  public func foresee(_ lookups: [Lookup]) { foresight = Foresight(lookups) }

  /// Takes the accounts to fetch with the lock: those that were announced, and the caller, who is
  /// read again if another process has written.
  func takeForeseenUsers() -> [UserReference] {
    let users = foresight.takeUsers(Self.usersMax)
    guard let caller, !users.contains(.id(caller)) else { return users }
    return users + [.id(caller)]
  }

  /// Queues lookups; `noteForesight` takes the answers.
  func queueForesight(_ users: [UserReference], names: Bool) throws(StoreError) {
    for user in users {
      var values = Parameters()
      switch user {
      case .id(let id):
        values.add(id.key)
        try connection.queue(userSQL.userByKey, values)
      case .email(let email):
        // No account has an empty key. PostgreSQL refuses a text with a NUL.
        values.add(email.utf8.contains(0) ? "" : IdentityKey.of(email))
        try connection.queue(userSQL.userByEmail, values)
      case .nobody: break
      }
    }
    if names, !foresight.claimed.isEmpty {
      var values = Parameters()
      let names = foresight.claimed.filter { !$0.utf8.contains(0) }
      if names.count == 1 || names.count == 2 {
        for name in names { values.add(name) }
        let isOne = names.count == 1
        return try connection.queue(isOne ? userSQL.oneNameTaken : userSQL.twoNamesTaken, values)
      }
      values.add(names)
      try connection.queue(userSQL.namesTaken, values)
    }
  }

  func noteForesight(_ users: [UserReference], _ answers: ArraySlice<Rows>) {
    for (user, rows) in zip(users, answers) { foresight[user] = rows }
    if let rows = answers.dropFirst(users.count).first { foresight.noteNames(rows) }
  }

  /// The rows of an account that was announced; nil if it was not.
  func foreseen(_ reference: UserReference) throws(StoreError) -> Rows? {
    if let rows = foresight[reference] { return rows }
    guard foresight.isWaiting(for: reference) else { return nil }
    let users = foresight.takeUsers(Self.usersMax)
    let answers = try fetch { () throws(StoreError) in
      try queueForesight(users, names: false)
    }
    noteForesight(users, answers[...])
    return foresight[reference]
  }
}
