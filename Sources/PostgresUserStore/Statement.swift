internal import Users

/// A statement whose text never changes, so that the server can keep it prepared.
struct Statement {
  /// Under this name the server keeps it. It tells the text too: behind a pooler, a session may hold
  /// statements of another store or of another release, which must not be taken for this one.
  let name: String
  let sql: String

  init(name: String, sql: String) {
    let text = UInt64(bitPattern: Checksum.of([], [sql], []))
    self.name = name + "_" + String(text, radix: 36)
    self.sql = sql
  }
}
