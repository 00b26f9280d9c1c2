internal import Users

/// The statement for one page of a list. The server plans it for its values.
struct PageStatement {
  let sql: String
  let parameters: Parameters
  /// Whether no account can match. Then the statement must not be sent.
  let isImpossible: Bool
  private let filter: Filter
  private let hasTexts: Bool

  /// More accounts than this are never skipped: no store has as many.
  private static let offsetMax = 1 << 40

  init(_ query: PageQuery, schema: String) {
    filter = query.filter
    hasTexts = query.sort == .name || query.filter.query != nil
    var predicate = Predicate(query.filter)
    Self.requirePosition(query, &predicate)
    let limit = predicate.place(Int64(query.limit + 1))
    let offset = predicate.place(Int64(min(query.offset, Self.offsetMax)))
    let direction = query.order == .ascending ? "ASC" : "DESC"
    let order = Self.columns(query.sort).map { "\($0) \(direction)" }.joined(separator: ", ")
    sql = """
      SELECT key, record\(hasTexts ? ", search_name, search_email" : "") FROM \(schema).users
        WHERE \(predicate.sql) ORDER BY \(order) LIMIT \(limit) OFFSET \(offset)
      """
    parameters = predicate.parameters
    isImpossible = predicate.isImpossible
  }

  private static func columns(_ sort: SortKey) -> [String] {
    switch sort {
    case .createdAt: ["key"]
    case .updatedAt: ["updated_at", "key"]
    case .email: ["email", "key"]
    case .name: ["search_name", "email", "key"]
    }
  }

  private static func requirePosition(_ query: PageQuery, _ predicate: inout Predicate) {
    guard let after = query.after else { return }
    let compare = query.order == .ascending ? ">" : "<"
    let values: [String]
    switch query.sort {
    case .createdAt: values = []
    case .updatedAt: values = [predicate.place(after.number)]
    case .email: values = [predicate.place(after.text)]
    case .name:
      let (name, email) = after.nameAndEmail
      values = [predicate.place(name), predicate.place(email)]
    }
    let all = (values + [predicate.place(after.key)]).joined(separator: ", ")
    let columns = columns(query.sort).joined(separator: ", ")
    predicate.require("(\(columns)) \(compare) (\(all))")
  }

  /// One account of the page; it is borrowed from the rows.
  func row(_ rows: Rows, _ at: Int32) throws(StoreError) -> UserView {
    var row = try Columns.row(rows, at, from: 0)
    if hasTexts {
      row.searchName = rows.text(at, 2) ?? .empty
      row.searchEmail = rows.text(at, 3)
      if !Self.searchTextsAgree(row) {
        throw .serverDamaged("the columns of an account differ from its record")
      }
    }
    // A damaged index or column may lead to a wrong account whose record is sound.
    if !filter.matches(row) { throw .serverDamaged("an index points to the wrong account") }
    return row
  }

  /// Whether the texts for searching, which are columns beside the record, follow from it.
  private static func searchTextsAgree(_ row: UserView) -> Bool {
    guard row.searchName.equals(TextNormalization.searchable(row.name.string)) else { return false }
    guard let email = row.email else { return row.searchEmail == nil }
    return (row.searchEmail ?? email).equals(TextNormalization.searchable(email.string))
  }
}
