import Contract
import Glibc
import JSON
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
  /// How long others may have to wait for the store while rows come in.
  private static let groupMsMax = 100
  private static let progressRows = 10_000

  let source: RowSource

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var tally = ImportTally()
    try options.adoptPolicy(in: store)
    try store.beginWrite()
    var importer = try Importer(store: store)
    let isOneGroup = try store.beginImport()
    var groupEnd = Timestamp.now.milliseconds + Int64(Self.groupMsMax)
    try source.readRows { line, row in
      do throws(Failure) {
        tally.add(try importer.add(row.get()))
      } catch {
        if !error.isAboutTheRow { throw CommandError(error.message, error.hint) }
        tally.addFailure(line, source.path, error)
      }
      if tally.count % Self.progressRows == 0 { Terminal.showProgress("\(tally.count) rows") }
      if !isOneGroup, tally.count % 64 == 0, Timestamp.now.milliseconds > groupEnd {
        try store.end()
        try store.beginWrite()
        try importer.beginGroup()
        groupEnd = Timestamp.now.milliseconds + Int64(Self.groupMsMax)
      }
    }
    Terminal.showProgress("building indexes")
    try store.endImport()
    try store.end()
    Terminal.showProgress("")
    Terminal.say(tally.summary)
    if tally.failed > 0 {
      let rows = tally.failed == 1 ? "1 row was" : "\(tally.failed) rows were"
      throw CommandError("\(rows) left out", "Mend what is told above and run this again.")
    }
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
}

private struct ImportTally {
  private(set) var imported = 0
  private(set) var skipped = 0
  private(set) var failed = 0

  var count: Int { imported + skipped + failed }

  mutating func add<Store: UserStore>(_ outcome: Importer<Store>.Outcome) {
    switch outcome {
    case .imported: imported += 1
    case .skipped: skipped += 1
    }
  }

  mutating func addFailure(_ line: Int, _ path: String, _ failure: Failure) {
    failed += 1
    Terminal.showProgress("")
    let problems = failure.problems.map { "\($0.pointer): \($0.message)" }
    let reason = problems.isEmpty ? failure.message : problems.joined(separator: "; ")
    Terminal.complain("\(path):\(line): \(reason)")
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

  let path: String
  private let file: Int32
  private let isCSV: Bool

  init(path: String, format: String?) throws {
    self.path = path
    switch format {
    case "csv": isCSV = true
    case "jsonl": isCSV = false
    case nil: isCSV = path.hasSuffix(".csv")
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

  func readRows(_ body: (Int, Row) throws -> Void) throws {
    var parser = JSONParser()
    if isCSV {
      var reader = CSVReader(fields: Importer<MemoryUserStore>.fields)
      try forEachLine { number, line, isAtEnd in
        guard let (first, json) = try reader.row(line, number, isAtEnd) else { return }
        try Self.parse(&parser, json) { try body(first, $0) }
      }
      return
    }
    try forEachLine { number, line, _ in
      guard let line, !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
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
    _ body: (Int, UnsafeBufferPointer<UInt8>?, Bool) throws -> Void
  ) throws {
    var buffer = ByteBuffer(capacity: Self.readBytes * 2)
    var number = 0
    while true {
      let count = buffer.fill(Self.readBytes) { read(file, $0.baseAddress, $0.count) }
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
        throw CommandError("\(path):\(number + 1): the line is too long", "Check the file.")
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
