import Contract
import JSON
import Server
import UserMethods
import Users

/// Rows on their way into a store. The store is locked from a row to the end of its group, and never
/// while this process waits for something itself, be it rows or whoever reads its messages.
final class ImportRun<Store: UserStore> {
  /// How long a group goes on while others wait for the store, and otherwise.
  private static var awaitedMsMax: Int { 20 }
  private static var groupMsMax: Int { 100 }
  /// Letters of a group that wait for its end.
  private static var lettersMax: Int { 1000 }

  private let store: Store
  private let path: String
  private let settings: ImportSettings
  private let report: ImportReport?
  private let deliver: Postman?
  private var importer: Importer<Store>
  private var complaints: ImportComplaints
  private(set) var tally = ImportTally()
  /// When the present group began; nil between groups.
  private var groupStart: Int?
  /// Whether the present group leaves indexes for its end, and so is not ended by time.
  private var leavesIndexes = false
  private var isFirstGroup = true
  /// What people are told when the group has ended.
  private var letters: [(place: RowPlace, letter: Letter)] = []
  private var latest: RowPlace?

  init(_ store: Store, _ path: String, _ options: Options) throws {
    self.store = store
    self.path = path
    deliver = try options.postman()
    report = try options.reportPath.map { try ImportReport($0) }
    var settings = options.imports
    settings.opensWays = deliver != nil || report != nil
    self.settings = settings
    complaints = ImportComplaints(path: path)
    try store.beginRead()
    importer = try Importer(store: store, settings)
    try store.end()
  }

  /// Takes a row. One that can't be read as it stands is `remade`, where that may help.
  func add(_ place: RowPlace, _ row: RowSource.Row, _ remade: RowSource.Remaking?) throws {
    if Lifeline.isStopping { throw Interruption() }
    var row = row
    if settings.opensWays, case .success(let json) = row, ImportRow.needsPassword(json) {
      // Hashing takes long.
      try endGroup()
    }
    do throws(Failure) {
      let prepared: ImportRow
      do {
        prepared = try importer.prepare(try row.get())
      } catch {
        guard let remade, case .success(let json) = row else { throw error }
        row = remade(json)
        prepared = try importer.prepare(try row.get())
      }
      try failing { () throws(StoreError) in try beginGroup() }
      take(try importer.add(prepared, at: place), place, row)
    } catch {
      if !error.isAboutTheRow {
        // What the store could not do leaves the group without a state to go on from.
        store.abandon()
        groupStart = nil
        letters.removeAll()
        throw CommandError("\(error.message)", "\(error.hint.text)")
      }
      tally.failed += 1
      let reason = error.reason(about: row)
      complaints.add(place, reason)
      report?.add(place, "failed", row, reason: reason)
    }
    latest = place
    if isGroupOver { try endGroup() }
  }

  private func take(_ outcome: ImportOutcome, _ place: RowPlace, _ row: RowSource.Row) {
    tally.add(outcome)
    if let letter = outcome.letter, !settings.isDryRun { letters.append((place, letter)) }
    if let reason = outcome.reason {
      report?.add(place, outcome.kind.rawValue, row, reason: reason)
    }
  }

  private func beginGroup() throws(StoreError) {
    if groupStart != nil { return }
    try store.beginWrite()
    groupStart = Stopwatch.nowMs
    try importer.beginGroup()
    if isFirstGroup { leavesIndexes = try store.beginImport() }
    isFirstGroup = false
  }

  private var isGroupOver: Bool {
    if complaints.isFull || letters.count == Self.lettersMax { return true }
    guard let groupStart else { return false }
    let ms = Stopwatch.nowMs - groupStart
    if ms >= Self.awaitedMsMax, store.isAwaited { return true }
    return !leavesIndexes && ms >= Self.groupMsMax
  }

  /// Keeps the rows that have come.
  func endGroup() throws {
    if groupStart != nil {
      // Whatever comes of it, it has ended.
      groupStart = nil
      if leavesIndexes { try store.endImport() }
      leavesIndexes = false
      // A way in that is told for an account that is not kept opens nothing; one that is kept and told nowhere
      // would be lost.
      if deliver == nil { try tellWays() }
      try store.end()
    }
    try tellWays()
    complaints.tell()
    Terminal.showProgress("\(tally.count) rows")
  }

  /// Tells people how they get in: by letters when their accounts are kept, in the report before that.
  private func tellWays() throws {
    defer { letters.removeAll() }
    for (place, letter) in letters {
      let isDelivered = deliver.map { $0(letter, Outbox.deliveryMsMax) }
      if isDelivered == false { tally.undelivered += 1 }
      report?.add(place, letter, isDelivered: isDelivered)
    }
    try report?.flush()
  }

  /// What came of it all; nothing where no row was taken, and then no report is left either.
  func tellAll(isWhole: Bool) {
    if !isWhole, tally.count == 0 {
      report?.remove()
      return
    }
    Terminal.showProgress("")
    complaints.tellRest()
    if tally.undelivered > 0 {
      Terminal.complain(
        """
        roster: letters that could not be delivered: \(tally.undelivered); send others with roster call \
        users.invite
        """)
    }
    if tally.waiting > 0 {
      Terminal.complain(
        """
        roster: rows that ask for an invitation, and got none: \(tally.waiting); make one with roster \
        call users.invite, or import new people with --report or --mail
        """)
    }
    Terminal.say(tally.summary(isDryRun: settings.isDryRun))
  }

  var interrupted: CommandError {
    let place = latest.map { $0.told(in: path) } ?? "\(path)"
    let kept: Notice =
      settings.isDryRun ? "nothing was to be kept" : "all rows up to there are kept"
    let wayOut: Notice =
      settings.isDryRun
      ? "Run this again, from the beginning."
      : "Run this again to go on: accounts that are there already are skipped."
    return CommandError("stopped by a signal behind \(place): " + kept, wayOut)
  }
}

extension Failure {
  /// Whether the row is to blame, and not the store.
  fileprivate var isAboutTheRow: Bool {
    switch kind {
    case .invalidParams, .conflict, .tooLarge, .failedPrecondition, .parseError: true
    default: false
    }
  }

  /// In the words of whoever made the file: of columns, and not of params.
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
