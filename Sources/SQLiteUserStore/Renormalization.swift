internal import Users

/// Rewrites accounts of older stores as they would be written now: the search text, the identities,
/// and canonical metadata without nulls. All other fields keep their values, including the version.
struct Renormalization {
  /// Pending changes are written after this many accounts.
  private static let batchCount = 1000

  private let connection: Connection
  private let writer: UserWriter

  init(_ connection: Connection) {
    self.connection = connection
    writer = UserWriter(connection)
  }

  /// Call this in a transaction. A damaged account is left as it is.
  func run() throws(StoreError) {
    let rows = try connection.prepare(
      "SELECT \(Columns.list) FROM users WHERE \(Self.isOdd) ORDER BY key")
    var count = 0
    while try rows.step() {
      do throws(StoreError) { try refold(try Columns.row(rows)) } catch .corrupt { continue }
      count += 1
      if count % Self.batchCount == 0 { try writer.flush() }
    }
    try writer.flush()
  }

  private func refold(_ row: UserView) throws(StoreError) {
    var user = User(row)
    let metadata = Metadata.canonicalText(ofStored: user.metadata) ?? user.metadata
    let isSame =
      row.search.equals(user.searchText) && user.metadata.utf8.elementsEqual(metadata.utf8)
    user.metadata = metadata
    try PackedUser(user).withRow { (new) throws(StoreError) in
      if isSame { try writer.identities.add(new) } else { try writer.replace(row, with: new) }
    }
  }

  /// Selects accounts with a name or email that is not ASCII, a username that is not lower-case
  /// ASCII, an email or username that contains "--" (as A-labels do), or metadata that may not be
  /// canonical.
  private static let isOdd = """
    name GLOB '*[^ -~]*' OR email GLOB '*[^ -~]*' OR instr(email, '--') > 0
      OR username GLOB '*[^ -@[-~]*' OR instr(username, '--') > 0
      OR instr(metadata, 'null') > 0 OR instr(metadata, char(92)) > 0
      OR metadata GLOB '*[^ -~]*'
    """
}
