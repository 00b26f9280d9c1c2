internal import Users

/// Brings what follows from the texts of accounts to what it would be if they were written now: what is
/// searched, and the identities. The accounts stay as they are.
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
    try StoredUser(User(row)).withRow { (new) throws(StoreError) in
      if row.search.string == new.search.string {
        try writer.identities.add(new)
      } else {
        try writer.replace(row, with: new)
      }
    }
  }

  /// Whether a text is not lower-case ASCII, so that what follows from it may be another.
  private static let isOdd = """
    name GLOB '*[^ -~]*' OR email GLOB '*[^ -~]*' OR instr(email, '--') > 0
      OR username GLOB '*[^ -@[-~]*' OR instr(username, '--') > 0
    """
}
