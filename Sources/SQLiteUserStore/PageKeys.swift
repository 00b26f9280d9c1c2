internal import Users

/// Finds the keys of the accounts on a page, and of one more. Reading the accounts by their keys
/// afterwards visits no row that is sorted away or skipped.
struct PageKeys {
  private let query: PageQuery
  private let statements: Statements

  /// How many accounts a search for one or two letters looks at before it uses the trigrams: this
  /// part of all, at most `walkedMax`.
  private static let walkedPart = 8
  private static let walkedMax = 20_000

  init(_ query: PageQuery, _ statements: Statements) {
    self.query = query
    self.statements = statements
  }

  func find() throws(StoreError) -> [Int64] {
    let plan = try PagePlan(query, statements)
    guard case .walkAndSearch = plan.way else { return try find(plan) }
    if let keys = try walk(plan) { return keys }
    guard let text = query.filter.query, let source = try statements.trigrams.shortSource(of: text)
    else { return try find(PagePlan(.walk)) }
    return try find(PagePlan(.gather(source)))
  }

  private func find(_ plan: PagePlan) throws(StoreError) -> [Int64] {
    var predicate = Predicate(query.filter, from: plan.source, without: plan.others)
    requirePosition(&predicate)
    let tables = plan.tables(sort: query.sort, query.filter)
    // SQLite merges the two indexes of emails, or the lists of several flags, in their order.
    let columns = tables.count > 1 && query.sort == .email ? "key, email" : "key"
    let parts = tables.map { table in
      let condition = table.condition.map { " AND \($0)" } ?? ""
      return "SELECT \(columns) FROM \(table.name) WHERE \(predicate.sql)\(condition)"
    }
    let statement = try statements.statement(
      """
      \(parts.joined(separator: " UNION ALL "))
        ORDER BY \(order(followsIndex: plan.followsIndex)) LIMIT ? OFFSET ?
      """)
    defer { statement.reset() }
    var next: Int32 = 1
    for _ in tables { next = predicate.bind(to: statement, from: next) }
    statement.bind(next, Int64(query.limit + 1))
    statement.bind(next + 1, Int64(query.offset))
    var keys: [Int64] = []
    while try statement.step() { keys.append(statement.int(0)) }
    return keys
  }

  /// nil if the page is not full after some accounts.
  private func walk(_ plan: PagePlan) throws(StoreError) -> [Int64]? {
    let tables = plan.tables(sort: query.sort, query.filter)
    guard tables.count == 1, let table = tables.first else { return nil }
    let walkedMax = min(try statements.everybody(in: .all) / Self.walkedPart, Self.walkedMax)
    let tested = Predicate(query.filter)
    var position = Predicate()
    requirePosition(&position)
    if let condition = table.condition { position.require(condition) }
    let statement = try statements.statement(
      """
      SELECT key, \(tested.sql) FROM \(table.name) WHERE \(position.sql)
        ORDER BY \(order(followsIndex: true)) LIMIT ?
      """)
    defer { statement.reset() }
    let next = position.bind(to: statement, from: tested.bind(to: statement))
    statement.bind(next, Int64(walkedMax + 1))
    return try fitting(statement, walkedMax)
  }

  /// The keys of the rows whose second column is true, if they fill the page within `walkedMax` rows
  /// or are all.
  private func fitting(
    _ statement: Statement, _ walkedMax: Int
  ) throws(StoreError) -> [Int64]? {
    var keys: [Int64] = []
    var (walked, skipped) = (0, 0)
    while try statement.step() {
      walked += 1
      if walked > walkedMax { return nil }
      if statement.int(1) == 0 { continue }
      if skipped < query.offset {
        skipped += 1
        continue
      }
      keys.append(statement.int(0))
      if keys.count > query.limit { return keys }
    }
    return keys
  }

  private func requirePosition(_ predicate: inout Predicate) {
    guard let after = query.after else { return }
    let compare = query.order == .ascending ? ">" : "<"
    let key = Predicate.Value.number(after.key)
    switch query.sort {
    case .createdAt: predicate.require("key \(compare) ?", key)
    case .updatedAt:
      predicate.require("(updated_at, key) \(compare) (?, ?)", .number(after.number), key)
    case .email: predicate.require("(email, key) \(compare) (?, ?)", .text(after.text), key)
    case .name:
      let (name, email) = after.nameAndEmail
      predicate.require(
        "(search_name, email, key) \(compare) (?, ?, ?)", .text(name), .text(email), key)
    }
  }

  /// The plus keeps SQLite from using an index for the order when the matches are gathered.
  private func order(followsIndex: Bool) -> String {
    let direction = query.order == .ascending ? "ASC" : "DESC"
    var columns: [String]
    switch query.sort {
    case .createdAt: columns = ["key"]
    case .updatedAt: columns = ["updated_at", "key"]
    case .email: columns = ["email", "key"]
    // Emails are unique, except those of deleted accounts.
    case .name:
      columns =
        ["search_name", "email"] + (query.filter.includesDeleted || !followsIndex ? ["key"] : [])
    }
    if !followsIndex { columns[0] = "+" + columns[0] }
    return columns.map { "\($0) \(direction)" }.joined(separator: ", ")
  }
}
