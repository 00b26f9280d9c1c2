import Contract
import Users

/// The layout of a table for people: which columns it shows, and how wide they are.
struct Table {
  /// A column that was not asked for is omitted rather than made narrower than this.
  private static let columnMin = 12
  /// Columns whose values are useless if they are cut.
  private static let uncut: Set<String> = ["id", "actor_id", "user_id", "secret"]
  private static let gap = 2

  /// The indexes of the columns that are shown.
  private let shown: [Int]
  private let widths: [Int]

  /// `width` is that of the terminal; nil for no limit. `isChosen` keeps every column.
  init(_ rows: [[String]], isChosen: Bool, width: Int?) {
    let names = rows.first ?? []
    let natural = names.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
    let least = names.indices.map { column in
      Self.uncut.contains(names[column]) ? natural[column] : min(natural[column], Self.columnMin)
    }
    var shown = Array(names.indices)
    func isTooWide() -> Bool {
      guard let width else { return false }
      return shown.reduce(Self.gap * (shown.count - 1)) { $0 + least[$1] } > width
    }
    while !isChosen, shown.count > 1, isTooWide() { shown.removeLast() }
    self.shown = shown
    let columns = shown.map { column in
      (natural[column], Self.uncut.contains(names[column]) ? natural[column] : 1)
    }
    widths = Self.fitted(columns, to: width)
  }

  /// Narrows the widest column until all fit, or none can be narrowed any more.
  private static func fitted(_ columns: [(natural: Int, least: Int)], to width: Int?) -> [Int] {
    var widths = columns.map(\.natural)
    guard let width else { return widths }
    var over = widths.reduce(gap * (widths.count - 1), +) - width
    while over > 0 {
      let roomy = widths.indices.filter { widths[$0] > columns[$0].least }
      guard let widest = roomy.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      over -= 1
    }
    return widths
  }

  /// One line. The last cell is not padded.
  func line(_ cells: [String]) -> String {
    var line = ""
    for (at, column) in shown.enumerated() {
      let cell = cells[column].fitting(widths[at])
      line += cell
      if at == shown.count - 1 { break }
      line += String(repeating: " ", count: widths[at] - cell.displayWidth + Self.gap)
    }
    return line
  }
}
