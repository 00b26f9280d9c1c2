import Contract
import JSON

/// The columns of a CSV file, by its header.
struct CSVTable {
  private let names: [String]
  private let uses: [RecordMaker.Use]
  /// The positions of the columns that templates use.
  private var indexes: [String: Int] = [:]

  init(
    _ header: borrowing CSVReader, _ maker: RecordMaker, _ path: String, _ ignoresUnknown: Bool,
    _ leftOut: LeftOutColumns
  ) throws {
    var names: [String] = []
    for at in 0..<header.count { names.append(Cell.bytes(header.cell(at)).string) }
    self.names = names
    uses = names.map(maker.use)
    var unknown = UnknownColumns()
    var taken: [Mapping.Target: String] = [:]
    if names.count == 1, let mark = ["|", ":", "^", "~"].first(where: { names[0].holds($0) }) {
      throw CommandError(
        "\(path):\(header.line): the header is one column: \(names[0])",
        "Name the delimiter: --delimiter '\(String(mark))'.")
    }
    if names.contains(where: { $0.holds("\r") }) {
      throw CommandError(
        "\(path):\(header.line): some lines end by CR alone, and others by LF",
        "Save it with one kind of line ends.")
    }
    for (at, name) in names.enumerated() {
      if case .unknown = uses[at] {
        if ignoresUnknown { leftOut.add(name) } else { unknown.add(name) }
      }
      if case .taken(let target) = uses[at], let other = taken.updateValue(name, forKey: target) {
        throw CommandError(
          "\(path):\(header.line): the header has two columns with the same meaning: \(other) and \(name)",
          "Remove one, or choose one with --map.")
      }
      let key = ColumnName.key(name)
      if indexes[key] != nil, !key.isEmpty, !ignoresUnknown || maker.columns.contains(key) {
        throw CommandError(
          "\(path):\(header.line): the header has the column \(name) twice (letter case is ignored)",
          "Rename one of them: --map can't distinguish them.")
      }
      leftOut.meet(name)
      if indexes[key] == nil { indexes[key] = at }
    }
    if !unknown.isEmpty { throw unknown.refusal(of: path) }
    let hasOwn = uses.contains { if case .taken = $0 { true } else { false } }
    if !hasOwn, maker.columns.isDisjoint(with: indexes.keys) {
      throw CommandError(
        "\(path):\(header.line): no column of an account is among \(names.joined(separator: ", "))",
        "The first row must name the columns; --map maps others.")
    }
    let missing = maker.missing(from: names)
    if !missing.isEmpty {
      throw CommandError(
        "\(path):\(header.line): --map names \(Notice.list(missing)), which the header does not have",
        "It has \(names.joined(separator: ", ")).")
    }
  }

  /// The structural problem of a row, if any. `isCut` means that the file ends after it without a
  /// line end.
  func problem(of row: borrowing CSVReader, isCut: Bool) -> Failure? {
    if isCut, row.count < names.count - names.reversed().prefix(while: \.isEmpty).count {
      let why = "the file ends within this row: it has \(row.count) of \(names.count) cells"
      return Failure(.invalidParams, why, hint: "Get the complete file.")
    }
    for at in 0..<row.count where at >= names.count || names[at].utf8.isEmpty {
      if row.cell(at).isEmpty { continue }
      let why =
        at < names.count
        ? "column \(at + 1) has no name in the header, and a cell here"
        : "has \(row.count) cells, and the header \(names.count): a delimiter may lack its quotes"
      return Failure(.invalidParams, why, hint: "Fix the row.")
    }
    return nil
  }

  func write(
    _ row: borrowing CSVReader, _ maker: RecordMaker, into out: inout ByteBuffer
  ) {
    var own: [(target: Mapping.Target, cell: Cell)] = []
    own.reserveCapacity(row.count)
    for at in 0..<row.count {
      guard at < uses.count, case .taken(let target) = uses[at] else { continue }
      own.append((target, Self.value(row.cell(at))))
    }
    var found: [String: Cell] = [:]
    for name in maker.columns {
      if let at = indexes[name], at < row.count { found[name] = Self.value(row.cell(at)) }
    }
    maker.write(own, into: &out) { part in
      switch part {
      case .text(let text): .text(text)
      case .column(let name): found[name]
      case .pointer(let steps): within(found[ColumnName.key(steps[0])], steps.dropFirst())
      }
    }
  }

  private static func value(_ cell: UnsafeBufferPointer<UInt8>) -> Cell {
    if cell.first == UInt8(ascii: "\""), let text = EscapedText.read(Cell.bytes(cell).string) {
      return .text(text)
    }
    return .bytes(cell)
  }

  /// A value within a cell of JSON.
  private func within(_ cell: Cell?, _ steps: some Sequence<String>) -> Cell? {
    guard var text = cell?.string else { return nil }
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do {
        return try parser.parse(bytes).value(at: steps).map { .text(Cell.json($0).string) }
      } catch {
        return nil
      }
    }
  }
}
