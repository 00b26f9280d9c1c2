import Contract
import UserMethods
import Users

/// Rows on their way into a store. The store is locked from a row to the end of its group, and never
/// while this process waits for something itself, be it rows or whoever reads its messages.
final class ImportRun<Store: UserStore> {
  /// How long a group goes on while others wait for the store, and otherwise.
  private static var awaitedMsMax: Int { 20 }
  private static var groupMsMax: Int { 100 }
  /// What is kept to be told at the end of a group.
  private static var complaintsMax: Int { 1000 }

  private let store: Store
  private let path: String
  private var importer: Importer<Store>
  private(set) var tally = ImportTally()
  /// When the present group began; nil between groups.
  private var groupStart: Int?
  /// Whether the present group leaves indexes for its end, and so is not ended by time.
  private var leavesIndexes = false
  private var isFirstGroup = true
  /// What is told when the group has ended.
  private var complaints: [Notice] = []

  init(_ store: Store, _ path: String) throws {
    self.store = store
    self.path = path
    try store.beginRead()
    importer = try Importer(store: store)
    try store.end()
  }

  func add(_ line: Int, _ row: RowSource.Row) throws {
    do throws(Failure) {
      let json = try row.get()
      try failing { () throws(StoreError) in try beginGroup() }
      tally.add(try importer.add(json))
    } catch {
      if !error.isAboutTheRow {
        // What the store could not do leaves the group without a state to go on from.
        store.abandon()
        groupStart = nil
        throw CommandError("\(error.message)", "\(error.hint.text)")
      }
      tally.failed += 1
      complaints.append("\(path):\(line): \(error.reasonAboutTheRow)")
    }
    if isGroupOver { try endGroup() }
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
    if complaints.count == Self.complaintsMax { return true }
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
      try store.end()
    }
    if !complaints.isEmpty {
      Terminal.showProgress("")
      Terminal.complain(.lines(complaints))
      complaints.removeAll()
    }
    Terminal.showProgress("\(tally.count) rows")
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

  fileprivate var reasonAboutTheRow: String {
    let problems = problems.map { "\($0.pointer): \($0.message)" }
    return problems.isEmpty ? message : problems.joined(separator: "; ")
  }
}
