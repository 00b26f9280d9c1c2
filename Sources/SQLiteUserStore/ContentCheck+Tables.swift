internal import Contract
internal import Users

// Checks of the data other than accounts.
extension ContentCheck {
  /// Reads every password and token as the store does, and so verifies their checksums.
  func credentials() throws(StoreError) -> Check {
    let tables = CredentialTables(connection)
    let holders = try connection.prepare(
      """
      SELECT \(Columns.list) FROM users
        WHERE key IN (SELECT user_key FROM passwords UNION SELECT user_key FROM tokens)
      """)
    var (count, damaged) = (0, 0)
    while try holders.step() {
      let user = Columns.id(holders)
      do throws(StoreError) {
        count += try tables.password(of: user) == nil ? 0 : 1
        count += try tables.tokens(of: user).count
      } catch .corrupt {
        damaged += 1
      }
    }
    let kept = try connection.number(
      "SELECT (SELECT count(*) FROM passwords) + (SELECT count(*) FROM tokens)")
    if damaged == 0, kept == count {
      return .ok("credentials", "all \(count) match their checksums")
    }
    return .fail(
      "credentials", "those of \(max(damaged, 1)) accounts do not match their checksums",
      Self.restore)
  }

  /// API tokens that expire soon: the programs that use them will be refused.
  func expiry() throws(StoreError) -> Check {
    let (now, days) = (Timestamp.now, 14)
    let soon = now.adding(Int64(days) * 24 * 60 * 60 * 1000)
    let tokens = try connection.prepare(
      """
      SELECT tokens.name, coalesce(users.email, users.username, ''), expires_at FROM tokens
        JOIN users ON users.key = user_key
        WHERE kind = '\(TokenKind.api.rawValue)' AND expires_at > \(now.milliseconds)
          AND expires_at <= \(soon.milliseconds)
        ORDER BY expires_at
      """)
    var found: [String] = []
    while try tokens.step() {
      let end = Timestamp(milliseconds: tokens.int(2)).day
      found.append("\(tokens.text(0)?.string ?? "") (\(tokens.text(1)?.string ?? "")) on \(end)")
    }
    guard let first = found.first else {
      return .ok("expiry", "no API token expires within \(days) days")
    }
    let more = found.count == 1 ? "" : ", and \(found.count - 1) more"
    return .warn(
      "expiry", "an API token expires within \(days) days: \(first)\(more)",
      "Make a new one with roster token rotate NAME --user EMAIL, and give it to its program.")
  }

  /// Without a readable policy, every call is refused.
  func policy() throws(StoreError) -> Check {
    do throws(StoreError) {
      guard let text = try Settings(connection).policyText else {
        return .ok("policy", "only the predefined roles")
      }
      let names = try roleNames?(text) ?? []
      return .ok(
        "policy",
        names.isEmpty ? "no custom roles" : "custom roles: \(names.joined(separator: ", "))")
    } catch .corrupt {
      return .fail(
        "policy", "it does not match its checksum, so every call is refused",
        "Set it again: roster policy set FILE, or roster policy clear.")
    }
  }

  /// Sequence numbers must have no gaps after the oldest event, and types and JSON must be valid.
  func events() throws(StoreError) -> Check {
    let count = try connection.number("SELECT count(*) FROM events")
    let last = try connection.number("SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM events")
    let damaged = try EventTable(connection).damagedCount()
    if count == last, damaged == 0 { return .ok("events", "all \(count) are present and in order") }
    return .fail(
      "events", "\(last - count) are missing, and \(damaged) are damaged",
      Self.restore)
  }
}
