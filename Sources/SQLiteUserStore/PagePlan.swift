internal import Users

/// How to find the accounts of a list or a count. The choice depends on Roster's own counts, because
/// SQLite keeps no statistics for these tables.
struct PagePlan {
  enum Way {
    /// Follow the index of the sort key, and test each account.
    case walk
    /// The same for a search for one or two letters. Most fill the page soon; if this one does not,
    /// the letters are rare, and the trigrams find them.
    case walkAndSearch
    /// Visit the accounts of a source, then sort those that match.
    case gather(CandidateSource)
    /// Visit the accounts that the filter names.
    case named
    /// Read all members of the organization in their index, then sort those that match.
    case members
  }

  let way: Way
  /// The flags that the filter does not admit, if testing them by their index is cheaper.
  private(set) var others: [UserFlags]?
  /// The flags whose lists in the index of flags are merged, in place of reading the rows in order.
  private var merged: [UserFlags] = []

  /// Visiting this many rows costs less than finding the accounts with other flags.
  private static let rowsReadMax = 2000
  /// SQLite merges this many lists quickly.
  private static let mergedMax = 16
  /// Reading an index entry costs this part of visiting a row.
  private static let entryCost = 1.0 / 6

  init(_ way: Way) { self.way = way }

  /// For a page of a list.
  init(_ query: PageQuery, _ statements: Statements) throws(StoreError) {
    let (sum, isOver) = query.offset.addingReportingOverflow(query.limit + 1)
    let reach = isOver ? Int.max : sum
    way = try Self.way(query.filter, sort: query.sort, reach: reach, statements)
    if case .walk = way, reach > Self.rowsReadMax, query.filter.scope == .all {
      try avoidRows(query, statements)
    }
  }

  /// Tests the flags by their index where nothing else needs the rows.
  private mutating func avoidRows(
    _ query: PageQuery, _ statements: Statements
  ) throws(StoreError) {
    let all = try statements.flags().map(\.flags)
    switch query.sort {
    case .email, .updatedAt: others = all.filter { !query.filter.admits($0) }
    case .createdAt:
      let admitted = all.filter(query.filter.admits)
      guard query.filter.conditions.allSatisfy(\.isAboutFlags), admitted.count <= Self.mergedMax
      else { return }
      (merged, others) = (admitted, [])
    case .name: break
    }
  }

  /// For a count.
  init(counting filter: Filter, _ statements: Statements) throws(StoreError) {
    way = try Self.way(filter, sort: nil, reach: .max, statements)
  }

  /// `reach` is how many matches have to be found.
  private static func way(
    _ filter: Filter, sort: SortKey?, reach: Int, _ statements: Statements
  ) throws(StoreError) -> Way {
    if filter.namesAccounts { return .named }
    switch filter.scope {
    case .account: return .named
    case .organization:
      return try wayInOrganization(filter, sort: sort, reach: reach, statements)
    case .all: break
    }
    let all = try statements.everybody(in: .all)
    // Following the sort index fills the page after reach × all ÷ matches accounts; gathering reads
    // all matches. So the cheaper way reads at most √(reach × all): 7,000 of a million accounts for
    // a page of 50. A count reads an index instead of rows.
    let most =
      sort == nil ? Double(all) * entryCost : (Double(min(reach, all)) * Double(all)).squareRoot()
    if let source = try gather(filter, sort: sort, countMax: Int(most), statements) {
      return .gather(source)
    }
    let isShort = filter.query.map { $0.unicodeScalars.count < 3 } ?? false
    return isShort && sort != nil ? .walkAndSearch : .walk
  }

  /// The source with the fewest accounts, if it has at most `countMax`.
  private static func gather(
    _ filter: Filter, sort: SortKey?, countMax: Int, _ statements: Statements
  ) throws(StoreError) -> CandidateSource? {
    var (best, least) = (CandidateSource?.none, countMax + 1)
    for source in CandidateSource.sources(of: filter, sort) {
      let count = try statements.count(source, countMax: least)
      if count < least { (best, least) = (source, count) }
    }
    let admitted = try statements.flags().filter { filter.admits($0.flags) }
    if admitted.reduce(0, { $0 + $1.count }) < least {
      return .having(admitted.map(\.flags))
    }
    return best
  }

  private static func wayInOrganization(
    _ filter: Filter, sort: SortKey?, reach: Int, _ statements: Statements
  ) throws(StoreError) -> Way {
    if let source = CandidateSource.sources(of: filter, sort).first {
      return .gather(source)
    }
    // With conditions, how soon a walk finds matches depends on the other organizations.
    guard let sort, sort != .createdAt, filter.conditions.isEmpty else { return .members }
    let members = Double(try statements.everybody(in: filter.scope))
    let matches = Double(try statements.storedCount(filter))
    let all = Double(try statements.everybody(in: .all))
    let visits = Double(reach) * all / max(matches, 1)
    return members * entryCost <= visits ? .members : .walk
  }
}

extension PagePlan {
  /// A table with the index to follow, and the condition that the index needs.
  struct Table {
    let name: String
    var condition: String?
  }

  /// The tables to read, of which all but one are empty for most filters.
  func tables(sort: SortKey?, _ filter: Filter) -> [Table] {
    switch way {
    case .gather, .named: [Table(name: "users")]
    case .members: [Table(name: "users INDEXED BY users_organization")]
    case .walk, .walkAndSearch: merged.isEmpty ? Self.walked(sort, filter) : lists
    }
  }

  private var lists: [Table] {
    merged.map { flags in
      Table(name: "users INDEXED BY users_flags", condition: "flags = \(flags.rawValue)")
    }
  }

  /// Whether the order of the list is the order of an index.
  var followsIndex: Bool {
    switch way {
    case .walk, .walkAndSearch, .members: true
    case .gather, .named: false
    }
  }

  var source: CandidateSource? { if case .gather(let source) = way { source } else { nil } }

  private static func walked(_ sort: SortKey?, _ filter: Filter) -> [Table] {
    switch sort {
    case .createdAt: return [Table(name: "users NOT INDEXED")]
    case .updatedAt: return [Table(name: "users INDEXED BY users_updated")]
    case .email:
      // Deleted accounts have an index of their own, because their emails are not unique.
      let deleted = Table(
        name: "users INDEXED BY users_deleted", condition: "deleted_at IS NOT NULL")
      let others = Table(name: "users INDEXED BY users_email", condition: "deleted_at IS NULL")
      return filter.includesDeleted ? [others, deleted] : [others]
    // A count of a search reads only the index of names.
    case .name, nil: return [Table(name: "users INDEXED BY users_name")]
    }
  }
}
