internal import Users

/// Moves the accounts of formats 1 to 5 into the present table. What is derived from their texts is
/// derived anew; all other fields keep their values, including the version.
struct FormerUsers {
  /// Pending changes are written after this many accounts.
  private static let batchCount = 1000

  private let connection: Connection
  private let writer: UserWriter

  init(_ connection: Connection) {
    self.connection = connection
    writer = UserWriter(connection)
    // The index of all trigrams is built at the end.
    writer.isIndexing = false
  }

  /// Call this in a transaction. A damaged account stays damaged.
  func moveAll(_ progress: (_ all: Int, _ left: Int) -> Void) throws(StoreError) {
    let all = Int(try connection.number("SELECT count(*) FROM old_users"))
    let rows = try connection.prepare(
      "SELECT \(Self.columns) FROM old_users ORDER BY key")
    var count = 0
    while try rows.step() {
      let (row, isSound) = Self.row(rows)
      var user = User(row)
      user.metadata = Metadata.canonicalText(ofStored: user.metadata) ?? user.metadata
      if isSound {
        try writer.insert(PackedUser(user))
      } else {
        try writer.insertDamaged(PackedUser(user))
      }
      count += 1
      if count % Self.batchCount == 0 {
        try writer.flush()
        progress(all, all - count)
      }
    }
    try writer.flush()
    progress(all, 0)
  }

  private static let columns = """
    key, tail, flags, version, updated_at, last_login, deleted_at, name, search, roles, auto_groups,
    metadata, email, username, organization_id, avatar_url, company, job_title, oauth_provider,
    oauth_id, seal
    """

  private static func row(_ s: Statement) -> (row: UserView, isSound: Bool) {
    var row = UserView.blank
    row.id = UserID(key: s.int(0), tail: s.int(1))
    row.flags = UserFlags(rawValue: Int(s.int(2)))
    row.version = Int(s.int(3))
    row.updatedAt = Timestamp(milliseconds: s.int(4))
    row.lastLogin = s.optionalInt(5).map { Timestamp(milliseconds: $0) }
    row.deletedAt = s.optionalInt(6).map { Timestamp(milliseconds: $0) }
    row.name = s.text(7) ?? .empty
    row.roles = BorrowedTextList(packed: s.bytes(9))
    row.autoGroups = BorrowedTextList(packed: s.bytes(10))
    row.metadata = s.text(11).map { RawObject($0.bytes) }
    row.email = s.text(12)
    // The placeholder for a missing email (see `Position.noEmail`).
    if row.email?.bytes.first == UInt8(ascii: " ") { row.email = nil }
    row.username = s.text(13)
    row.organizationID = s.text(14)
    row.avatarURL = s.text(15)
    row.company = s.text(16)
    row.jobTitle = s.text(17)
    row.oauthProvider = s.text(18)
    row.oauthID = s.text(19)
    return (row, checksum(of: row, search: s.bytes(8)) == s.int(20))
  }

  /// The checksum that these formats kept in the column `seal`: of all numbers, then of all texts.
  private static func checksum(
    of row: UserView, search: UnsafeBufferPointer<UInt8>
  ) -> Int64 {
    var mix = Checksum.Mix()
    for number in [row.id.key, row.id.tail, Int64(row.flags.rawValue), Int64(row.version)] {
      mix.add(number)
    }
    for time in [row.updatedAt, row.lastLogin, row.deletedAt] { mix.add(time?.milliseconds ?? -1) }
    let texts = [row.email, row.username, row.organizationID, row.avatarURL, row.company]
    for bytes in [row.name.bytes, search, row.roles.bytes, row.autoGroups.bytes] { mix.add(bytes) }
    mix.add(row.metadata?.bytes ?? BorrowedText.empty.bytes)
    for text in texts + [row.jobTitle, row.oauthProvider, row.oauthID] {
      mix.add((text ?? .empty).bytes)
    }
    return mix.value
  }
}
