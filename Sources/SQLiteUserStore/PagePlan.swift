internal import Contract
internal import Users

/// How to find the accounts of a list, chosen by how many there are: SQLite itself keeps no such
/// numbers here.
struct PagePlan {
  enum Order {
    /// Whatever index SQLite takes.
    case free
    /// Find all that fit, then sort them.
    case gather
    /// Go along the sort's index, looking at each account.
    case walkSort
  }

  /// Beyond this many accounts looking each up costs more than it saves: where matches are that
  /// dense, a page is soon full.
  private static let candidatesMax = 2000

  /// The keys that the trigram index finds: all that match, and maybe more; nil to go without.
  let candidates: [Int64]?
  let order: Order

  init(_ query: PageQuery, _ statements: Statements) throws(StoreError) {
    candidates = try Self.candidates(query.filter, statements)
    if candidates != nil {
      order = .gather
    } else if query.sort != .createdAt, case .organization = query.filter.scope {
      // A page is full after looking at limit × all ÷ members along the sort, so the cheaper way
      // never looks at more than √(limit × all): 7,000 of a million for a page of 50.
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
      // A small organization is quicker to walk through.
      countMax = min(countMax, try statements.everybody(in: filter.scope))
    }
    let found = try statements.candidates(expression, countMax: countMax + 1)
    return found.count > countMax ? nil : found
  }

  /// Names and emails hold no control characters, and the line feed between them is not theirs.
  static func canMatch(_ query: String) -> Bool {
    !query.isEmpty && !query.utf8.contains { $0 < 0x20 }
  }

  /// Trigrams that cover the text, each quoted; nil if it is too short to have one. Overlapping
  /// ones would be more to look up and hardly find less: every candidate is checked.
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
