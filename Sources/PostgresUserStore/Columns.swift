internal import Contract
internal import Users

/// Accounts as rows of the table `users`.
enum Columns {
  /// In the order of `add`.
  static let all = [
    "key", "flags", "updated_at", "deleted_at", "last_login", "organization_id", "search_name",
    "search_email", "email", "email_key", "email_domain", "username", "username_key", "roles",
    "auto_groups", "oauth_provider", "oauth_id", "terms", "record",
  ]

  /// Adds the values of `all`, in their order.
  static func add(
    _ row: UserView, _ record: UnsafeBufferPointer<UInt8>, to out: inout Parameters
  ) {
    let email = row.email?.string
    let emailKey = email.map(IdentityKey.of)
    out.add(row.id.key)
    out.add(Int64(row.flags.rawValue))
    out.add(row.updatedAt.milliseconds)
    out.add(row.deletedAt?.milliseconds)
    out.add(row.lastLogin?.milliseconds)
    out.add(row.organizationID?.bytes)
    out.add(row.searchName.bytes)
    // The column `email` of an account without an email holds the id, which must not be found.
    out.add(email == nil ? BorrowedText.empty.bytes : row.searchEmail?.bytes)
    out.add(email ?? Position.noEmail(row.id))
    out.add(emailKey)
    out.add(emailKey.flatMap(domain))
    out.add(row.username?.bytes)
    out.add(row.username.map { IdentityKey.of($0.string) })
    out.add(row.roles.bytes)
    out.add(row.autoGroups.bytes)
    out.add(row.oauthProvider?.bytes)
    out.add(row.oauthID?.bytes)
    out.add(SearchTerms.all(of: row))
    out.add(record)
  }

  private static func domain(of email: String) -> String? { email.parts(at: "@").last }

  /// Reads the account of a row that begins with `key` and `record`.
  @inline(__always)
  static func row(_ rows: Rows, _ at: Int32, from first: Int32) throws(StoreError) -> UserView {
    let key = rows.int(at, first)
    guard let row = PackedRecord.read(rows.bytes(at, first + 1), key: key) else {
      throw .serverDamaged("an account does not match its checksum")
    }
    return row
  }
}
