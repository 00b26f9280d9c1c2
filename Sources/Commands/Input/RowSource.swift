import Contract
import Glibc
import JSON
import UserMethods
import Users

/// The rows of a file as JSON objects with the fields of an account.
struct RowSource {
  typealias Row = Result<JSONValue, Failure>
  /// Converts a row again, and accepts the words that other programs use for values.
  typealias Remaking = (JSONValue) -> Row
  typealias Body = (RowLocation, Row, Remaking?) throws -> Void

  /// A longer row takes milliseconds to parse.
  private static let longRowBytes = 1 << 16
  let path: String
  private let stream: ByteStream
  private let form: InputForm
  private let maker: RecordMaker
  private let leftOut: LeftOutColumns
  private let child: Iconv?

  init(path: String, form: InputForm) throws {
    self.path = path
    self.form = form
    let file = path == "-" ? STDIN_FILENO : try InputFile.open(path)
    if let encoding = form.encoding, lseek(file, 0, SEEK_CUR) >= 0 {
      try Iconv.check(encoding, file, path)
    }
    child = try form.encoding.map { try Iconv($0, from: file, path) }
    if child != nil, file != STDIN_FILENO { close(file) }
    stream = ByteStream(child?.output ?? file, name: path)
    if let child { stream.whenEnded = child.end }
    maker = RecordMaker(form.mapping)
    leftOut = LeftOutColumns(awaited: maker.columns)
  }

  /// Passes each row to `body`. `whenWaiting` is called before a read that may block, and before
  /// long rows.
  func readRows(
    whenWaiting: @escaping () throws -> Void, _ body: @escaping Body
  ) throws {
    stream.whenWaiting = whenWaiting
    let pointer = try form.steps()
    switch try FileKind.of(stream, form.format, hasPointer: pointer != nil) {
    case .csv: try readCSV(body)
    case .lines:
      try readObjects(body) { take in
        try Lines(stream: stream).handOut { number, line in
          let isBlank = line.text?.allSatisfy { $0 == 0x20 || $0 == 0x09 } ?? false
          if !isBlank { try take(.line(number), line.text) }
        }
      }
    case .document:
      var hasMore = false
      try readObjects(body) { take in
        var reader = DocumentReader(stream, pointer: pointer)
        try reader.handOut { number, entry in try take(.entry(number), entry.text) }
        hasMore = reader.hasMore
      }
      if hasMore {
        Terminal.complain(
          "\(path): is one page of a list, and has_more says that others follow: import them too"
        )
      }
    }
    leftOut.tell(of: path)
  }

  // MARK: JSON

  /// The text is nil if the row is too long.
  private typealias Take = (RowLocation, UnsafeBufferPointer<UInt8>?) throws -> Void

  private func readObjects(
    _ body: @escaping Body, _ forEach: (Take) throws -> Void
  ) throws {
    var parser = JSONParser()
    var unknown = UnknownColumns()
    var isFirst = true
    // A record need not be converted if its fields already have the names of an account's columns.
    var isPlain = form.mapping.isEmpty
    var out = ByteBuffer()
    var recordParser = JSONParser()
    func remade(_ value: JSONValue) -> Row {
      out.truncate(to: 0)
      let strangers = write(value, into: &out)
      guard strangers.isEmpty || form.mapping.ignoresUnknown else {
        return .failure(.strangeColumns(strangers))
      }
      strangers.forEach(leftOut.add)
      return Self.parse(&recordParser, out.bytes)
    }
    do {
      try forEach { location, text in
        guard let text else {
          if !unknown.isEmpty { return }
          let wayOut = location.isFirstLine ? "; --format json reads it as one document" : ""
          return try body(location, .failure(.rowTooLong(Lines.bytesMax, wayOut)), nil)
        }
        if text.count > Self.longRowBytes { try stream.whenWaiting() }
        let row = Self.parse(&parser, text)
        if !unknown.isEmpty { return try look(at: row, text.count, &unknown) }
        guard case .success(let value) = row, value.kind == .object else {
          return try body(location, row, nil)
        }
        if isFirst {
          isFirst = false
          try look(at: row, text.count, &unknown)
          if !unknown.isEmpty {
            stream.whenWaiting = { throw UnknownColumns.Enough() }
            return
          }
          if !hasPlainNames(value) { isPlain = false }
        }
        if isPlain {
          try body(location, row, remade)
        } else {
          try body(location, remade(value), nil)
        }
      }
    } catch is UnknownColumns.Enough {}
    if !unknown.isEmpty { throw unknown.refusal(of: path) }
  }

  /// Collects unknown columns of a row.
  private func look(at row: Row, _ bytes: Int, _ unknown: inout UnknownColumns) throws {
    if form.mapping.ignoresUnknown { return }
    if case .success(let value) = row, value.kind == .object {
      for (key, _) in value.fields {
        guard let name = key.string, case .unknown = maker.use(of: name) else { continue }
        unknown.add(name)
      }
    }
    try unknown.endRow(bytes)
  }

  private func hasPlainNames(_ value: JSONValue) -> Bool {
    value.fields.allSatisfy { key, _ in
      Mapping.fields.contains { field in
        key.string == field.name || field.alias.map { $0 == key.string } ?? false
      }
    }
  }

  /// Writes the record of a row; returns its unknown columns.
  private func write(_ value: JSONValue, into out: inout ByteBuffer) -> [String] {
    var own: [(target: Mapping.Target, cell: Cell)] = []
    var strangers: [String] = []
    for (key, cell) in value.fields {
      guard let name = key.string else { continue }
      switch maker.use(of: name) {
      case .taken(let target):
        own.append((target, .json(cell)))
        leftOut.meet(name)
      case .spent: leftOut.meet(name)
      case .unknown: strangers.append(name)
      }
    }
    maker.write(own, into: &out) { part in
      switch part {
      case .text(let text): .text(text)
      case .column(let name):
        value.fields.first { ColumnName.key($0.key.string ?? "") == name }.map { .json($0.value) }
      case .pointer(let steps): value.value(at: steps).map { .json($0) }
      }
    }
    return strangers
  }

  private static func parse(
    _ parser: inout JSONParser, _ text: UnsafeBufferPointer<UInt8>
  ) -> Row {
    do {
      return .success(try parser.parse(text))
    } catch {
      let told =
        error.reason == "invalid UTF-8"
        ? "byte \(error.offset + 1) is not UTF-8; name the file's encoding with --encoding"
        : "is not JSON: \(error)"
      return .failure(Failure(.parseError, told, hint: "One object a line."))
    }
  }

  // MARK: CSV

  private func readCSV(_ body: Body) throws {
    try stream.fillLine()
    stream.takeLineEndsByCR()
    try checkText()
    try stream.fillLine()
    let found = CSVReader.delimiter(of: stream.bytes)
    var reader = CSVReader(
      path: path, delimiter: form.delimiter ?? found.byte, isPlain: form.isPlain)
    var table: CSVTable?
    var parser = JSONParser()
    var out = ByteBuffer()
    var skipsLine = found.isSaid
    try Lines(stream: stream).handOut { number, line in
      guard let text = line.text else {
        // If the line is within a quoted cell, the start of the next row is unknown.
        try reader.end()
        return try body(.line(number), .failure(.rowTooLong(Lines.bytesMax)), nil)
      }
      if skipsLine, !text.isEmpty {
        skipsLine = false
        return
      }
      if text.count > Self.longRowBytes { try stream.whenWaiting() }
      try check(text, number)
      do {
        guard try reader.take(text, number), !reader.isBlank else { return }
      } catch let failure as Failure {
        return try body(.line(number), .failure(failure), nil)
      }
      let location = RowLocation.line(reader.line)
      if let failure = reader.problem {
        if table != nil { return try body(location, .failure(failure), nil) }
        throw CommandError(
          "\(path):\(reader.line): the header: \(failure.message)", "Fix the header.")
      }
      guard let table else {
        table = try CSVTable(reader, maker, path, form.mapping.ignoresUnknown, leftOut)
        return
      }
      if let failure = table.problem(of: reader, isCut: line.isCut) {
        return try body(location, .failure(failure), nil)
      }
      out.truncate(to: 0)
      table.write(reader, maker, into: &out)
      if out.count > Self.longRowBytes { try stream.whenWaiting() }
      try body(location, Self.parse(&parser, out.bytes), nil)
    }
    try reader.end()
  }

  /// Checks the whole file before anything is imported, if it can be read twice.
  private func checkText() throws {
    // A pipe is checked line by line.
    guard child == nil, stream.canRewind else { return }
    try Lines(stream: stream).handOut { number, line in
      if let text = line.text { try check(text, number) }
    }
    stream.rewind()
  }

  private func check(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws {
    guard let at = UTF8Check.firstInvalid(in: line) else { return }
    let byte = "0x" + String(line[at], radix: 16, uppercase: true)
    throw CommandError(
      "\(path):\(number): byte \(at + 1) of the line, \(byte), is not UTF-8",
      "Name its encoding: --encoding windows-1252 for Western Excel, shift_jis, gb18030 … "
        + "(iconv -l lists them), or save it as CSV UTF-8.")
  }
}
