import Contract
import JSON

/// Prints a result, page by page: a table for people, JSON and other forms for programs.
struct ResultPrinter {
  private let format: OutputFormat
  /// Whether the format is the default.
  private let isUsual: Bool
  /// The fields that the call asks for.
  private let columns: [String]?
  /// Whether all pages are printed as one list.
  private let isAll: Bool
  /// Whether the list never ends, so that it is not closed.
  private let isEndless: Bool
  /// The layout of the first page, which the others keep.
  private var layout: Table?
  private var count = 0
  private var hasBegun = false

  init(
    _ format: OutputFormat?, columns: [String]? = nil, isAll: Bool = false,
    isEndless: Bool = false
  ) {
    self.format = format ?? (Terminal.isOutputForPeople ? .table : .json)
    isUsual = format == nil
    self.columns = columns
    self.isAll = isAll
    self.isEndless = isEndless
  }

  /// The fields of the last page besides its records, as JSON.
  private var rest = ""

  /// Prints a result, or one page of it.
  mutating func show(_ result: JSONValue) {
    let records = Records(result)
    switch format {
    case .table: showTable(result, records)
    case .json: showJSON(result, records)
    case .jsonl:
      guard let records else { return Terminal.say(result.compact) }
      for record in records.list.elements { Terminal.say(record.compact) }
    case .csv: showCSV(result, records, UInt8(ascii: ","))
    case .tsv: showCSV(result, records, UInt8(ascii: "\t"))
    }
    count += records?.list.count ?? 0
    hasBegun = true
    guard isAll, format == .json else { return }
    rest = result.fields.reduce(into: "") { text, field in
      let name = field.key.string ?? ""
      if name != records?.name { text += ",\"\(name)\":\(field.value.compact)" }
    }
  }

  /// To be called after the last page.
  func end() {
    guard isAll else { return }
    switch format {
    case .json: Terminal.say("]\(rest)}")
    case .table: Terminal.say("\(count) in all")
    case .jsonl, .csv, .tsv: break
    }
  }

  // MARK: Tables

  private mutating func showTable(_ result: JSONValue, _ records: Records?) {
    guard let records else { return showRecord(result) }
    let rows = records.table(columns)
    if layout == nil {
      let isChosen = columns != nil || records.name == "operations"
      let layout = Table(rows, isChosen: isChosen, width: Terminal.columns)
      self.layout = layout
      Terminal.sayHeading(layout.line(rows[0]))
    }
    for row in rows.dropFirst() { Terminal.say(layout?.line(row) ?? "") }
    if records.name == "users", !isAll {
      let total = result.field("total").map { " of \($0.compact)" } ?? ""
      Terminal.say("\(records.list.count)\(total) users")
    }
    if isAll || isEndless { return }
    if let cursor = result.field("next_cursor")?.string {
      Terminal.say("more: --all, or cursor=\(cursor)")
    } else if records.name == "events", result.field("has_more")?.bool == true {
      Terminal.say("more: --all, or after=\(result.field("next")?.compact ?? "")")
    }
  }

  /// Prints a single object as lines of names and values, or as JSON if it is nested deeper and the
  /// user has not chosen a table.
  private func showRecord(_ result: JSONValue) {
    let isFlat = result.kind == .object && result.fields.allSatisfy { $0.value.depth < 3 }
    guard result.kind == .object, isFlat || !isUsual else {
      return Terminal.say(result.indented())
    }
    // No value is cut: it may be a secret that is shown only once.
    let rows = result.fields.map { [$0.key.string ?? "", $0.value.cell] }
    let table = Table(rows, isChosen: true, width: nil)
    for row in rows { Terminal.say(table.line(row)) }
  }

  // MARK: Other forms

  private func showJSON(_ result: JSONValue, _ records: Records?) {
    guard isAll, let records else {
      return Terminal.say(Terminal.isOutputForPeople ? result.indented() : result.compact)
    }
    // Prints one object with the structure of a page, record by record as the pages arrive.
    if !hasBegun { Terminal.say("{\"\(records.name)\":[") }
    for (at, record) in records.list.elements.enumerated() {
      Terminal.say((count + at == 0 ? "" : ",") + record.compact)
    }
  }

  private func showCSV(_ result: JSONValue, _ records: Records?, _ delimiter: UInt8) {
    var form = ExportForm()
    form.delimiter = delimiter
    let writer = CSVWriter(form: form)
    if let records, records.name == "operations" {
      for row in records.table(nil) { Terminal.say(writer.line(row)) }
      return
    }
    let list = records.map { Array($0.list.elements) } ?? [result]
    if records == nil, result.kind != .object { return Terminal.say(result.compact) }
    if !hasBegun {
      let names = list.first.map { $0.fields.map { $0.key.string ?? "" } }
      let header = names ?? columns ?? records?.allColumns ?? []
      if !header.isEmpty { Terminal.say(writer.line(header)) }
    }
    for record in list { Terminal.say(writer.line(of: record)) }
  }
}
