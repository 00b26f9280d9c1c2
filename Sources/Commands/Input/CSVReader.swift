import Contract
import Glibc
import JSON

/// Reads rows of CSV (RFC 4180), line by line; a quoted cell may have several lines.
struct CSVReader: ~Copyable {
  /// A longer row is an error: probably a quote in it was never closed.
  private static let rowBytesMax = 1 << 20
  private static let quote = UInt8(ascii: "\"")

  private let path: String
  private let delimiter: UInt8
  /// Whether cells keep a leading `'` that keeps a spreadsheet from running them as formulas.
  private let isPlain: Bool
  /// The cells of the row in sequence, and the end of each.
  private var text = ByteBuffer()
  private var ends: [Int] = []
  private var isQuoted = false
  private var quoteLine = 0
  /// Whether text follows the closing quote of a cell.
  private var isTorn = false
  private var rowBytes = 0
  /// The line where the row begins.
  private(set) var line = 0

  init(path: String, delimiter: UInt8, isPlain: Bool) {
    self.path = path
    self.delimiter = delimiter
    self.isPlain = isPlain
  }

  var count: Int { ends.count }

  /// Valid until the next line.
  func cell(_ at: Int) -> UnsafeBufferPointer<UInt8> {
    var bytes = text.bytes[(at == 0 ? 0 : ends[at - 1])..<ends[at]]
    if !isPlain, bytes.count > 1, bytes.first == SpreadsheetText.mark,
      SpreadsheetText.isRun(bytes[bytes.startIndex + 1])
    {
      bytes.removeFirst()
    }
    return UnsafeBufferPointer(rebasing: bytes)
  }

  /// Whether all cells are empty.
  var isBlank: Bool { text.count == 0 }

  /// Reads a line; true if it ends a row.
  mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws -> Bool {
    if isQuoted {
      text.append(0x0A)
    } else {
      text.truncate(to: 0)
      ends.removeAll(keepingCapacity: true)
      (self.line, rowBytes, isTorn) = (number, 0, false)
    }
    rowBytes += line.count + 1
    if rowBytes > Self.rowBytesMax {
      if isQuoted { throw unclosed() }
      throw Failure.rowTooLong(Self.rowBytesMax)
    }
    read(line, number)
    if isQuoted {
      if rowBytes + 1 > Self.rowBytesMax { throw unclosed() }
      return false
    }
    ends.append(text.count)
    return true
  }

  /// Throws if the text ends within quotes.
  func end() throws { if isQuoted { throw unclosed(within: "") } }

  /// If text follows a closing quote, it is unclear which quotes are meant: several rows may have
  /// been joined.
  var problem: Failure? {
    if !isTorn { return nil }
    return Failure(
      .invalidParams,
      "text follows the quote that closes the one of line \(quoteLine): the text in between may be "
        + "several rows",
      hint: "Double the quotes within a cell.")
  }

  private mutating func read(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) {
    var at = 0
    var isAtStart = !isQuoted
    var isClosed = false
    while at < line.count {
      let byte = line[at]
      if isQuoted {
        if byte != Self.quote {
          at = copy(line, at, to: Self.quote)
        } else if at + 1 < line.count, line[at + 1] == Self.quote {
          text.append(Self.quote)
          at += 2
        } else {
          (isQuoted, isClosed) = (false, true)
          at += 1
        }
      } else if byte == delimiter {
        ends.append(text.count)
        (isAtStart, isClosed) = (true, false)
        at += 1
        continue
      } else if isAtStart, let start = Self.quoteOffset(line, at) {
        (isQuoted, quoteLine) = (true, number)
        at = start + 1
      } else if isClosed, byte == 0x20 {
        at += 1
      } else {
        if isClosed { isTorn = true }
        at = copy(line, at, to: delimiter)
      }
      isAtStart = false
    }
  }

  /// Where a quote opens the cell that begins here; spaces may come before it.
  private static func quoteOffset(_ line: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    var at = start
    while at < line.count, line[at] == 0x20 { at += 1 }
    return at < line.count && line[at] == quote ? at : nil
  }

  /// Copies the text before the next `mark`; returns the offset of the mark, or of the end.
  private mutating func copy(
    _ line: UnsafeBufferPointer<UInt8>, _ start: Int, to mark: UInt8
  ) -> Int {
    guard let base = line.baseAddress else { return line.count }
    let found = memchr(base + start, Int32(mark), line.count - start)
    let end = found.map { UnsafeRawPointer(base).distance(to: UnsafeRawPointer($0)) } ?? line.count
    text.append(base + start, end - start)
    return end
  }

  private func unclosed(
    within bytes: String = " within \(Self.rowBytesMax) bytes"
  ) -> CommandError {
    CommandError(
      "\(path):\(quoteLine): the quote that opens here is not closed\(bytes)",
      "Close it and run the import again: the rows before it are in the store, and are skipped.")
  }
}

extension CSVReader {
  /// The delimiter of a header: the one that `sep=` declares, else the most frequent candidate.
  static func delimiter(
    of head: UnsafeBufferPointer<UInt8>
  ) -> (byte: UInt8, isSaid: Bool) {
    let isEnd = { (byte: UInt8) in byte == 0x0A || byte == 0x0D }
    let line = Array(head.drop(while: isEnd).prefix { !isEnd($0) })
    let said = line.count == 7 && line[0] == quote && line[6] == quote ? line[1...5] : line[...]
    if said.count == 5, let mark = said.last,
      zip(said, "sep=".utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
    {
      return (mark, true)
    }
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in line {
      if byte == quote { isQuoted.toggle() }
      if !isQuoted { counts[byte, default: 0] += 1 }
    }
    let marks = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09]
    let best = marks.max { counts[$0, default: 0] < counts[$1, default: 0] }
    guard let best, counts[best, default: 0] > counts[marks[0], default: 0] else {
      return (marks[0], false)
    }
    return (best, false)
  }
}

extension Failure {
  /// The failure of a row that is too long, and therefore skipped.
  static func rowTooLong(_ bytesMax: Int, _ wayOut: String = "") -> Failure {
    Failure(
      .tooLarge, reason: "line", "the row is longer than \(bytesMax) bytes\(wayOut)",
      hint: "Check its contents.")
  }
}
