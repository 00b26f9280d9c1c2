internal import Contract
internal import Users

/// Checks all data of a store in one snapshot, and changes nothing.
struct ContentCheck {
  static let restore = "Leave the file as it is and restore a copy."
  /// How far in the future a change may lie, in ms: the clock may have been adjusted since.
  private static let aheadMsMax: Int64 = 1000

  let connection: Connection
  let format: Int64
  /// Returns the custom roles of a policy; throws `.corrupt` for invalid text. nil if checking the
  /// policy's checksum is enough.
  let roleNames: IntegrityCheck.RoleReader?

  init(path: String, roleNames: IntegrityCheck.RoleReader? = nil) throws(StoreError) {
    self.roleNames = roleNames
    connection = try Connection(path: path)
    try connection.run("BEGIN")
    format = try connection.number("PRAGMA user_version")
    if format > DatabaseSchema.version { throw .newerVersion }
  }

  /// Whether this version of Roster knows the tables.
  var isCurrent: Bool { format == DatabaseSchema.version }

  func run(_ report: (Check) -> Void) {
    report(check("integrity", integrity))
    if !isCurrent { return }
    var survey = Survey()
    let accounts = check("accounts") { () throws(StoreError) in try look(&survey) }
    report(accounts)
    // Accounts that were not read can't be compared with anything.
    if accounts.status == .fail { return }
    report(check("counts") { () throws(StoreError) in try counts(survey) })
    report(check("search") { () throws(StoreError) in try search(survey) })
    report(check("identities") { () throws(StoreError) in try identities(survey.identities) })
    report(check("names") { () throws(StoreError) in try names(survey.identities) })
    report(check("credentials", credentials))
    report(check("expiry", expiry))
    report(check("events", events))
    report(check("policy", policy))
    report(clock(survey))
  }

  private func check(_ name: String, _ body: () throws(StoreError) -> Check) -> Check {
    do { return try body() } catch { return .fail(name, error) }
  }

  // MARK: SQLite's own checks

  private func integrity() throws(StoreError) -> Check {
    var problems = try texts("PRAGMA integrity_check").filter { $0 != "ok" }
    problems += try texts("PRAGMA foreign_key_check").map {
      "a row of \($0) refers to a missing row"
    }
    if isCurrent {
      _ = try Settings(connection).cursorKey
      _ = try Settings(connection).feedID
    }
    guard let first = problems.first else {
      return .ok("integrity", "SQLite reports no problems")
    }
    let more = problems.count > 1 ? ", and \(problems.count - 1) more" : ""
    return .fail("integrity", "SQLite reports: \(first)\(more)", Self.restore)
  }

  private func texts(_ sql: String) throws(StoreError) -> [String] {
    let statement = try connection.prepare(sql)
    var texts: [String] = []
    while try statement.step() { texts.append(String(decoding: statement.bytes(0), as: UTF8.self)) }
    return texts
  }

  // MARK: Accounts

  /// Reads every account as the store does, and so verifies its checksum.
  private func look(_ survey: inout Survey) throws(StoreError) -> Check {
    let columns = [Columns.list, TrigramIndex.text] + Columns.all
    let statement = try connection.prepare(
      "SELECT \(columns.joined(separator: ", ")) FROM users ORDER BY key")
    let indexedTo = try connection.number("SELECT \(TrigramIndex.indexedTo)")
    while try statement.step() {
      do throws(StoreError) {
        let row = try Columns.row(statement)
        survey.add(row, try indexed(row, statement), isIndexed: row.id.key <= indexedTo)
      } catch {
        survey.damaged.append(Columns.id(statement).text)
      }
    }
    guard let first = survey.damaged.first else {
      return .ok("accounts", "all \(survey.count) match their checksums")
    }
    return .fail(
      "accounts",
      "\(survey.damaged.count) of \(survey.count + survey.damaged.count) do not match"
        + " their checksums, such as \(first)", Self.restore)
  }

  /// The text of an account in the trigram index; throws if the other columns differ from its
  /// record.
  private func indexed(_ row: UserView, _ statement: Statement) throws(StoreError) -> String {
    let agrees = PackedUser(User(row)).withRecord { (row, record) in
      Columns.agree(statement, from: 3, with: row, record)
    }
    if !agrees { throw .corrupt("the columns of an account differ from its record") }
    return statement.text(2)?.string ?? ""
  }

  private func counts(_ survey: Survey) throws(StoreError) -> Check {
    let statement = try connection.prepare(
      "SELECT scope, flags, count FROM counts WHERE count <> 0")
    var rest = survey.counts
    var wrong = 0
    while try statement.step() {
      let key = Survey.CountKey(scope: statement.text(0)?.string ?? "", flags: statement.int(1))
      if rest.removeValue(forKey: key) != statement.int(2) { wrong += 1 }
    }
    wrong += rest.count
    if wrong == 0 { return .ok("counts", "all \(survey.counts.count) agree with the accounts") }
    return .fail(
      "counts", "\(wrong) do not agree with the accounts: totals are wrong", Self.restore)
  }

  // MARK: The trigram index

  private func search(_ survey: Survey) throws(StoreError) -> Check {
    let wrong = try wrongTrigrams(survey.trigrams)
    var lost = 0
    for sample in survey.samples where try !isFound(sample) { lost += 1 }
    if wrong == 0, lost == 0 {
      return .ok("search", "all \(survey.trigrams.count) trigrams agree with the accounts")
    }
    return .fail(
      "search",
      "\(wrong) trigrams do not agree with the accounts, and \(lost) of"
        + " \(survey.samples.count) accounts are not found", Self.restore)
  }

  /// The number of trigrams whose accounts differ between the index and the rows.
  private func wrongTrigrams(_ held: [UInt64: UInt64]) throws(StoreError) -> Int {
    try connection.run(
      "CREATE VIRTUAL TABLE temp.trigrams USING fts5vocab('main', 'user_search', 'instance')")
    let statement = try connection.prepare("SELECT term, doc FROM temp.trigrams")
    var rest = held
    while try statement.step() {
      let term = String(decoding: statement.bytes(0), as: UTF8.self)
      rest[Survey.trigrams(of: term).first ?? 0, default: 0] &-= Survey.mark(of: statement.int(1))
    }
    return rest.values.count { $0 != 0 }
  }

  /// Whether a search for the account's email or name finds it.
  private func isFound(_ sample: Survey.Sample) throws(StoreError) -> Bool {
    guard let source = TrigramIndex.source(of: sample.text) else { return true }
    let statement = try connection.prepare("SELECT \(sample.id.key) IN (\(source.sql))")
    _ = Predicate.bind(source.values, to: statement)
    return try statement.step() && statement.int(0) == 1
  }

  // MARK: The clock

  private func clock(_ survey: Survey) -> Check {
    let aheadMs = survey.latest.milliseconds - Timestamp.now.milliseconds
    if aheadMs <= Self.aheadMsMax {
      return .ok("clock", "no account was created or changed later than now")
    }
    return .warn(
      "clock", "an account was created or changed \(aheadMs / 1000) s from now",
      "Correct this machine's clock if it is slow. Otherwise it was fast once, and no action is "
        + "needed.")
  }
}

/// Sums and samples of the accounts that were read.
private struct Survey {
  struct CountKey: Hashable {
    let scope: String
    let flags: Int64
  }

  struct Sample {
    let id: UserID
    let text: String
  }

  private(set) var count = 0
  private(set) var identities = IdentitySurvey()
  var damaged: [String] = []
  private(set) var counts: [CountKey: Int64] = [:]
  /// For each trigram, the sum of the hashes of its accounts (see `mark`). A wrong account changes
  /// the sum.
  private(set) var trigrams: [UInt64: UInt64] = [:]
  /// The latest change; no creation is later.
  private(set) var latest = Timestamp(milliseconds: 0)
  /// The first account, the second, the fourth, the eighth and so on.
  private(set) var samples: [Sample] = []

  /// `search` is the text that the trigram index holds of the account, if it `isIndexed`.
  mutating func add(_ row: UserView, _ search: String, isIndexed: Bool) {
    count += 1
    identities.add(row)
    latest = max(latest, row.updatedAt)
    let flags = Int64(row.flags.rawValue)
    counts[CountKey(scope: "", flags: flags), default: 0] += 1
    if let organization = row.organizationID {
      counts[CountKey(scope: ":" + organization.string, flags: flags), default: 0] += 1
    }
    let mark = Self.mark(of: row.id.key)
    if isIndexed {
      for trigram in Self.trigrams(of: search) { trigrams[trigram, default: 0] &+= mark }
    }
    if count.nonzeroBitCount == 1 {
      let texts = search.words(at: "\n")
      samples.append(Sample(id: row.id, text: texts.last ?? search))
    }
  }

  /// A hash of an account's key, so that two sets of accounts hardly ever have the same sum.
  static func mark(of key: Int64) -> UInt64 {
    let mixed = UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15
    return (mixed ^ mixed >> 29) &* 0xBF58_476D_1CE4_E5B9
  }

  /// A text's trigrams, each as one number: a Unicode scalar takes 21 bits.
  static func trigrams(of text: String) -> Set<UInt64> {
    var found: Set<UInt64> = []
    var window: UInt64 = 0
    for (at, scalar) in text.unicodeScalars.enumerated() {
      window = (window << 21 | UInt64(scalar.value)) & (1 << 63 - 1)
      if at >= 2 { found.insert(window) }
    }
    return found
  }
}
