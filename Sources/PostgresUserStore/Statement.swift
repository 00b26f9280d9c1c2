/// A statement whose text never changes, so that the server can keep it prepared.
struct Statement {
  /// Under this name the server keeps it.
  let name: String
  let sql: String
}
