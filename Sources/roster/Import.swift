import Contract
import Glibc
import JSON
import UserMethods
import Users

let importCommand = Command(
  name: "import", summary: "Bring accounts from a JSONL or CSV file into a store.",
  usage: """
    usage: roster import FILE [--store file:PATH] [--format jsonl|csv] [--policy FILE]

      FILE                one account a line, with the members that users.create takes; - for
                          standard input. Exports of Roster come back as they were.
      --format jsonl|csv  by the file's name unless given
    \(Help.store)

    Accounts that are there already are skipped, so an import can be run again. A bad line is
    reported with its number and left out; all others are kept, and the exit status is 1.
    """,
  options: ["--store", "--format", "--policy"]
) { options in
  guard let path = options.words.first, options.words.count == 1 else {
    throw UsageError("import needs one FILE")
  }
  try withStore(options, Import(source: try RowSource(path: path, format: options.format)))
}

private struct Import: StoreWork {
  let source: RowSource

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    try options.adoptPolicy(in: store)
    let run = try ImportRun(store, source.path)
    do {
      try source.readRows(whenWaiting: { try run.endGroup() }, run.add)
    } catch {
      // What came before the end of what can be read is kept.
      try run.endGroup()
      throw error
    }
    try run.endGroup()
    Terminal.showProgress("")
    Terminal.say(run.tally.summary)
    if run.tally.failed > 0 {
      let rows = run.tally.failed == 1 ? "1 row was" : "\(run.tally.failed) rows were"
      throw CommandError("\(rows) left out", "Mend what is told above and run this again.")
    }
  }
}

/// Rows on their way into a store. The store is locked from a row to the end of its group, and never
/// while this process waits for something itself, be it rows or whoever reads its messages.
private final class ImportRun<Store: UserStore> {
  /// How long a group goes on while others wait for the store, and otherwise.
  private static var awaitedMsMax: Int64 { 20 }
  private static var groupMsMax: Int64 { 100 }
  /// What is kept to be told at the end of a group.
  private static var complaintsMax: Int { 1000 }

  private let store: Store
  private let path: String
  private var importer: Importer<Store>
  private(set) var tally = ImportTally()
  /// When the present group began; nil between groups.
  private var groupStart: Int64?
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
      do { try beginGroup() } catch { throw error.failure }
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
    groupStart = Timestamp.now.milliseconds
    try importer.beginGroup()
    if isFirstGroup { leavesIndexes = try store.beginImport() }
    isFirstGroup = false
  }

  private var isGroupOver: Bool {
    if complaints.count == Self.complaintsMax { return true }
    guard let groupStart else { return false }
    let ms = Timestamp.now.milliseconds - groupStart
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

private struct ImportTally {
  private(set) var imported = 0
  private(set) var skipped = 0
  var failed = 0

  var count: Int { imported + skipped + failed }

  mutating func add<Store: UserStore>(_ outcome: Importer<Store>.Outcome) {
    switch outcome {
    case .imported: imported += 1
    case .skipped: skipped += 1
    }
  }

  var summary: String {
    Terminal.isOutputForPeople
      ? "\(imported) users imported, \(skipped) were there already, \(failed) rows left out"
      : "{\"imported\":\(imported),\"skipped\":\(skipped),\"failed\":\(failed)}"
  }
}

/// The rows of a file, as JSON objects with the number of their line.
struct RowSource {
  private static let readBytes = 1 << 20
  private static let lineBytesMax = 4 << 20
  /// A row with more takes milliseconds to be read.
  private static let longRowBytes = 1 << 16

  let path: String
  private let file: Int32
  private let isCSV: Bool

  init(path: String, format: String?) throws {
    self.path = path
    switch format {
    case "csv": isCSV = true
    case "jsonl": isCSV = false
    case nil: isCSV = path.ends(with: ".csv")
    case .some(let other): throw UsageError("--format is jsonl or csv, not \(other)")
    }
    file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { throw Self.unreadable(path) }
  }

  private static func unreadable(_ path: String) -> CommandError {
    let problem = String(cString: strerror(errno))
    return CommandError("\(path) can't be read: \(problem)", "Check its name and permissions.")
  }

  typealias Row = Result<JSONValue, Failure>

  /// Hands out row after row. `whenWaiting` is called before what may take long: input that is not there
  /// yet, and long rows.
  func readRows(
    whenWaiting: () throws -> Void, _ body: (Int, Row) throws -> Void
  ) throws {
    var parser = JSONParser()
    if isCSV {
      var reader = CSVReader(path: path, fields: Importer<MemoryUserStore>.fields)
      try forEachLine(whenWaiting) { number, line, isAtEnd in
        if line?.count ?? 0 > Self.longRowBytes { try whenWaiting() }
        guard let (first, json) = try reader.row(line, number, isAtEnd) else { return }
        if json.utf8.count > Self.longRowBytes { try whenWaiting() }
        try Self.parse(&parser, json) { try body(first, $0) }
      }
      return
    }
    try forEachLine(whenWaiting) { number, line, _ in
      guard let line, !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
      if line.count > Self.longRowBytes { try whenWaiting() }
      try Self.parse(&parser, line) { try body(number, $0) }
    }
  }

  private static func parse(
    _ parser: inout JSONParser, _ text: UnsafeBufferPointer<UInt8>, _ body: (Row) throws -> Void
  ) throws {
    let row: Row
    do {
      row = .success(try parser.parse(text))
    } catch {
      row = .failure(Failure(.parseError, "is not JSON: \(error)", hint: "One object a line."))
    }
    try body(row)
  }

  private static func parse(
    _ parser: inout JSONParser, _ text: String, _ body: (Row) throws -> Void
  ) throws {
    var text = text
    try text.withUTF8 { try parse(&parser, $0, body) }
  }

  /// Hands out line after line without its end, and nil once at the end of the file.
  private func forEachLine(
    _ whenWaiting: () throws -> Void,
    _ body: (Int, UnsafeBufferPointer<UInt8>?, Bool) throws -> Void
  ) throws {
    var buffer = ByteBuffer(capacity: Self.readBytes * 2)
    var number = 0
    while true {
      var ready = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      if poll(&ready, 1, 0) != 1 { try whenWaiting() }
      let count = buffer.fill(Self.readBytes) { read(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw Self.unreadable(path) }
      if count == 0 { break }
      var start = 0
      let bytes = buffer.bytes
      while let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      {
        let end = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
        number += 1
        try body(number, Self.trimmed(bytes, start, end), false)
        start = end + 1
      }
      buffer.removeFirst(start)
      if buffer.count > Self.lineBytesMax {
        throw CommandError(
          "\(path):\(number + 1): the line is longer than \(Self.lineBytesMax) bytes",
          "Check the file.")
      }
    }
    if buffer.count > 0 {
      number += 1
      try body(number, Self.trimmed(buffer.bytes, 0, buffer.count), false)
    }
    try body(number, nil, true)
  }

  /// Without the CR of a CRLF.
  private static func trimmed(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> UnsafeBufferPointer<UInt8> {
    let end = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
    return UnsafeBufferPointer(rebasing: bytes[start..<end])
  }
}
