import CSQLite

/// A plain SQLite connection to a store file, to write files that Roster itself no longer writes.
final class RawDatabase {
  private var handle: OpaquePointer?

  struct Failure: Error {
    let message: String
  }

  init(path: String) throws {
    if sqlite3_open(path, &handle) != SQLITE_OK { throw failure }
  }

  deinit { sqlite3_close_v2(handle) }

  private var failure: Failure { Failure(message: String(cString: sqlite3_errmsg(handle))) }

  /// Runs statements; returns the first column of every row, or "NULL".
  @discardableResult
  func run(_ sql: String) throws -> [String] {
    var rows: [String] = []
    let code = withUnsafeMutablePointer(to: &rows) { rows in
      sqlite3_exec(
        handle, sql,
        { context, _, values, _ in
          let value = values?[0].map { String(cString: $0) }
          context?.assumingMemoryBound(to: [String].self).pointee.append(value ?? "NULL")
          return 0
        }, rows, nil)
    }
    if code != SQLITE_OK { throw failure }
    return rows
  }

  /// The schema of the file: every table and index, with white space collapsed.
  func schema() throws -> [String] {
    try run("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
      .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
  }
}
