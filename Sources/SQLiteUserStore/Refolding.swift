internal import Users

/// Brings accounts of older stores to what they would be if they were written now: what is searched, the
/// identities, and the one spelling of metadata, without nulls. All else stays, the version too.
struct Refolding {
  /// After so many what waits is written.
  private static let batchCount = 1000

  private let connection: Connection
  private let writer: UserWriter

  init(_ connection: Connection) {
    self.connection = connection
    writer = UserWriter(connection)
  }

  /// To be called in a transaction. A damaged account is left as it is.
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

  private func refold(_ row: UserRow) throws(StoreError) {
    var user = User(row)
    let metadata = Metadata.canonicalText(ofStored: user.metadata) ?? user.metadata
    let isSame =
      row.search.equals(user.searchText) && user.metadata.utf8.elementsEqual(metadata.utf8)
    user.metadata = metadata
    try StoredUser(user).withRow { (new) throws(StoreError) in
      if isSame { try writer.identities.add(new) } else { try writer.replace(row, with: new) }
    }
  }

  /// Whether a text is not lower-case ASCII, or metadata may have another spelling.
  private static let isOdd = """
    name GLOB '*[^ -~]*' OR email GLOB '*[^ -~]*' OR instr(email, '--') > 0
      OR username GLOB '*[^ -@[-~]*' OR instr(username, '--') > 0
      OR instr(metadata, 'null') > 0 OR instr(metadata, char(92)) > 0
      OR metadata GLOB '*[^ -~]*'
    """
}
