import Contract
import Glibc
import JSON
import UserMethods
import Users

/// The rows of a file, as JSON objects with the number of their line.
struct RowSource {
  private static let readBytes = 1 << 20
  private static let lineBytesMax = 4 << 20
  /// A row with more takes milliseconds to be read.
  private static let longRowBytes = 1 << 16

  let path: String
  private let file: Int32
  private let isCSV: Bool

  init(path: String, format: RowFormat?) throws {
    self.path = path
    switch format {
    case .csv: isCSV = true
    case .jsonl: isCSV = false
    case nil: isCSV = path.ends(with: ".csv")
    }
    file = path == "-" ? STDIN_FILENO : try InputFile.open(path)
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
      if count < 0 { throw InputFile.unreadable(path) }
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
