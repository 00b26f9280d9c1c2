internal import Contract
internal import Users

/// How to find the accounts of a list. The choice depends on Roster's own counts, because SQLite
/// keeps no statistics for these tables.
struct PagePlan {
  enum Order {
    /// Use whatever index SQLite chooses.
    case free
    /// Find all matches, then sort them.
    case gather
    /// Follow the index of the sort key and test each account.
    case walkSort
  }

  /// With more candidates than this, looking up each one costs more than it saves: a scan over such
  /// frequent matches soon fills a page.
  private static let candidatesMax = 2000

  /// The keys that the trigram index finds: all matches, and maybe more. nil if the index is not
  /// used.
  let candidates: [Int64]?
  let order: Order

  init(_ query: PageQuery, _ statements: Statements) throws(StoreError) {
    candidates = try Self.candidates(query.filter, statements)
    if candidates != nil {
      order = .gather
    } else if query.sort != .createdAt, case .organization = query.filter.scope {
      // Following the sort index fills a page after limit × all ÷ members accounts; gathering reads
      // all members. So the cheaper way reads at most √(limit × all) accounts: 7,000 of a million
      // for a page of 50.
      let members = try statements.everybody(in: query.filter.scope)
      let all = try statements.everybody(in: .all)
      order =
        Double(members) * Double(members) <= Double(query.limit) * Double(all) ? .gather : .walkSort
    } else {
      order = .free
    }
  }

  static func candidates(
    _ filter: Filter, _ statements: Statements
  ) throws(StoreError) -> [Int64]? {
    guard let query = filter.query, canMatch(query), let expression = Self.expression(query)
    else { return nil }
    var countMax = Self.candidatesMax
    if case .organization = filter.scope {
      // A small organization is quicker to scan.
      countMax = min(countMax, try statements.everybody(in: filter.scope))
    }
    let found = try statements.candidates(expression, countMax: countMax + 1)
    return found.count > countMax ? nil : found
  }

  /// False for a text with control characters: names and emails contain none, and the line feed
  /// between them belongs to neither.
  static func canMatch(_ query: String) -> Bool {
    !query.isEmpty && !query.utf8.contains { $0 < 0x20 }
  }

  /// Quoted trigrams that cover the text; nil if it is too short for one. Overlapping trigrams
  /// would cost more look-ups and exclude few more accounts, and every candidate is checked anyway.
  private static func expression(_ query: String) -> String? {
    let scalars = Array(query.unicodeScalars)
    guard scalars.count >= 3 else { return nil }
    let last = scalars.count - 3
    var quoted: [String] = []
    for at in Array(stride(from: 0, to: last, by: 3)) + [last] {
      var trigram = String.UnicodeScalarView()
      trigram.append(contentsOf: scalars[at..<(at + 3)])
      let term = "\"" + String(trigram).replacingScalar("\"", by: "\"\"") + "\""
      if !quoted.contains(term) { quoted.append(term) }
    }
    return quoted.joined(separator: " AND ")
  }
}
