import Contract
import JSON
import Server
import UserMethods
import Users

/// Imports rows into a store. A transaction locks the store from its first row to its end, but
/// never while this process waits for input or for a reader of its messages.
final class ImportRun<Store: UserStore> {
  /// The longest transaction in ms: while another process waits for the store, and otherwise. A long
  /// one writes a page of an index once for many rows, but may not become large.
  private static var awaitedMsMax: Int { 20 }
  private static var groupMsMax: Int { 1000 }
  /// How many rows a remote store is asked about in one trip. They share a transaction.
  private static var foreseenMax: Int { 256 }
  /// The most letters that wait for the end of a transaction.
  private static var lettersMax: Int { 1000 }

  private let store: Store
  private let path: String
  private let settings: ImportSettings
  private let report: ImportReport?
  private let deliver: Postman?
  private var importer: Importer<Store>
  private var complaints: ImportComplaints
  private(set) var counts = ImportCounts()
  /// When the current transaction began, in ms; nil without one.
  private var groupStart: Int?
  /// Whether the current transaction builds indexes at its end, and so has no time limit unless
  /// another process waits.
  private var leavesIndexes = false
  private var isFirstGroup = true
  /// Letters to be sent or reported at the end of the transaction.
  private var letters: [(location: RowLocation, letter: Letter)] = []
  private var latest: RowLocation?
  /// Rows for a remote store that are not imported yet.
  private var waiting: [WaitingRow] = []
  /// The latest row that is committed, and the counts up to it.
  private var kept: (row: RowLocation?, counts: ImportCounts) = (nil, ImportCounts())

  init(_ store: Store, _ path: String, _ options: Options) throws {
    self.store = store
    self.path = path
    deliver = try options.postman()
    report = try options.reportPath.map { try ImportReport($0) }
    var settings = options.imports
    settings.issuesCredentials = deliver != nil || report != nil
    self.settings = settings
    complaints = ImportComplaints(path: path)
    try store.beginSteadyRead()
    importer = try Importer(store: store, settings)
    try store.commit()
  }

  /// Imports a row. If it is invalid, `remade` converts it, and it is tried once more.
  func add(_ location: RowLocation, _ row: RowSource.Row, _ remade: RowSource.Remaking?) throws {
    if ShutdownSignal.isStopping { throw Interruption() }
    var row = row
    var isSlow = false
    if settings.issuesCredentials, case .success(let json) = row, ImportRow.needsPassword(json) {
      // Hashing is slow, and must not hold the lock.
      try endTransaction()
      isSlow = true
    }
    if store.foresees, !isSlow {
      waiting.append(waitingRow(location, row, remade))
      if waiting.count == Self.foreseenMax { try endTransaction() }
      return
    }
    let prepared = Result { () throws(Failure) in
      do throws(Failure) {
        return try importer.prepare(try row.get())
      } catch {
        guard let remade, case .success(let json) = row else { throw error }
        row = remade(json)
        return try importer.prepare(try row.get())
      }
    }
    try add(location, row, prepared)
  }

  private func waitingRow(
    _ location: RowLocation, _ row: RowSource.Row, _ remade: RowSource.Remaking?
  ) -> WaitingRow {
    let waiting = WaitingRow(location, row, importer.prepare)
    guard case .failure = waiting.prepared, let remade, case .success(let json) = row else {
      return waiting
    }
    return WaitingRow(location, remade(json), importer.prepare)
  }

  private func addWaiting() throws {
    let rows = waiting
    waiting.removeAll(keepingCapacity: true)
    let lookups = rows.flatMap { row -> [Lookup] in
      if case .success(let prepared) = row.prepared { importer.lookups(of: prepared) } else { [] }
    }
    store.foresee(lookups)
    for row in rows { try add(row.location, row.row, row.prepared) }
  }

  private func add(
    _ location: RowLocation, _ row: RowSource.Row, _ prepared: Result<ImportRow, Failure>
  ) throws {
    do throws(Failure) {
      let prepared = try prepared.get()
      try failing { () throws(StoreError) in try beginTransaction() }
      take(try importer.add(prepared, at: location), location, row)
    } catch {
      if !error.isAboutTheRow { throw stopped(by: error) }
      counts.failed += 1
      let reason = error.reason(about: row)
      complaints.add(location, reason)
      report?.add(location, "failed", row, reason: reason)
    }
    latest = location
    if isTransactionOver { try commit() }
  }

  private func take(_ outcome: ImportOutcome, _ location: RowLocation, _ row: RowSource.Row) {
    counts.add(outcome)
    if let letter = outcome.letter, !settings.isDryRun { letters.append((location, letter)) }
    if let reason = outcome.reason {
      report?.add(location, outcome.kind.rawValue, row, reason: reason)
    }
  }

  private func beginTransaction() throws(StoreError) {
    if groupStart != nil { return }
    try store.beginWrite()
    groupStart = Stopwatch.nowMs
    try importer.beginTransaction()
    if isFirstGroup { leavesIndexes = try store.beginImport() }
    isFirstGroup = false
  }

  private var isTransactionOver: Bool {
    if complaints.isFull || letters.count == Self.lettersMax { return true }
    guard let groupStart else { return false }
    let ms = Stopwatch.nowMs - groupStart
    if ms >= Self.awaitedMsMax, store.hasWaitingWriter { return true }
    return !leavesIndexes && (ms >= Self.groupMsMax || store.isLargeTransaction)
  }

  /// Imports the rows so far, and commits them.
  func endTransaction() throws {
    if !waiting.isEmpty { try addWaiting() }
    try commit()
  }

  private func commit() throws {
    if groupStart != nil {
      // The transaction has ended, even if the commit fails.
      groupStart = nil
      if leavesIndexes { try store.endImport() }
      leavesIndexes = false
      // Secrets are reported before the commit: a secret of an account that is not kept is useless,
      // but an unreported secret of an account that is kept would be lost.
      if deliver == nil { try reportCredentials() }
      do throws(StoreError) { try store.commit() } catch { throw stopped(by: error.failure) }
    }
    kept = (latest, counts)
    try reportCredentials()
    complaints.tell()
    Terminal.showProgress("\(counts.count) rows")
  }

  /// Delivers the secrets: by mail after the commit, or in the report before it.
  private func reportCredentials() throws {
    defer { letters.removeAll() }
    for (location, letter) in letters {
      let isDelivered = deliver.map { $0(letter, PendingMail.deliveryMsMax) }
      if isDelivered == false { counts.undelivered += 1 }
      report?.add(location, letter, isDelivered: isDelivered)
    }
    try report?.flush()
  }

  /// Prints the summary. Without any row it prints nothing and removes the report.
  func tellAll(isWhole: Bool) {
    if !isWhole, counts.count == 0 {
      report?.remove()
      return
    }
    Terminal.showProgress("")
    complaints.tellRest()
    if counts.undelivered > 0 {
      Terminal.complain(
        """
        roster: emails that could not be sent: \(counts.undelivered); send them again with roster \
        call users.invite
        """)
    }
    if counts.waiting > 0 {
      Terminal.complain(
        """
        roster: rows that asked for an invitation and got none: \(counts.waiting); create them \
        with roster \
        call users.invite, or import new people with --report or --mail
        """)
    }
    Terminal.say(counts.summary(isDryRun: settings.isDryRun))
  }

  /// A failure of the store leaves no state to continue from: its group is not kept.
  private func stopped(by failure: Failure) -> CommandError {
    store.rollback()
    groupStart = nil
    waiting.removeAll()
    letters.removeAll()
    (latest, counts) = kept
    if settings.isDryRun {
      return CommandError("\(failure.message)", "Run it again from the beginning.")
    }
    if failure.kind == .outcomeUnknown {
      return CommandError(
        "\(failure.message) All rows up to \(told(kept.row)) are imported, and maybe some after it",
        "Run it again to continue: existing accounts are skipped.")
    }
    // The server has ended the transaction.
    let isEnded = failure.handling == .anew
    let reason =
      isEnded
      ? "The connection to the server was lost, or another process was in the way."
      : failure.message
    return CommandError(
      "\(reason) All rows up to \(told(kept.row)) are imported, and none after it",
      "\(isEnded ? "" : failure.hint.text + " ")Run it again to continue: existing accounts are skipped."
    )
  }

  private func told(_ row: RowLocation?) -> Notice {
    row.map { $0.told(in: path) } ?? "the beginning of \(path)"
  }

  var interrupted: CommandError {
    let location = latest.map { $0.told(in: path) } ?? "\(path)"
    let kept: Notice =
      settings.isDryRun ? "a dry run keeps nothing" : "all rows up to it are imported"
    let wayOut: Notice =
      settings.isDryRun
      ? "Run it again from the beginning."
      : "Run it again to continue: existing accounts are skipped."
    return CommandError("stopped by a signal after \(location): " + kept, wayOut)
  }
}

extension Failure {
  /// Whether the row caused the failure, not the store.
  fileprivate var isAboutTheRow: Bool {
    switch kind {
    case .invalidParams, .conflict, .tooLarge, .failedPrecondition, .parseError: true
    default: false
    }
  }

  /// The reason in terms of the file: columns instead of params.
  fileprivate func reason(about row: RowSource.Row) -> String {
    let problems = problems.map { problem in
      let steps = problem.pointer.parts(at: "/", countMax: 3).dropFirst()
      guard let column = steps.first else { return problem.message }
      let within = steps.count > 1 ? ", at /\(steps[2])" : ""
      var doubt: String?
      if column.ends(with: "_at") || column == "last_login", case .success(let json) = row {
        doubt = json.value(at: [column])?.string.flatMap(TimeWord.doubt)
      }
      return "column \(column)\(within): \(problem.message)" + (doubt.map { " (\($0))" } ?? "")
    }
    return problems.isEmpty ? message : problems.joined(separator: "; ")
  }
}
