import Contract
import Users

/// The layout of a table for people: which columns it shows, and how wide they are.
struct Table {
  /// A column that was not asked for is omitted rather than made narrower than this.
  private static let columnMin = 12
  private static let gap = 2

  /// The indexes of the columns that are shown.
  private let shown: [Int]
  private let widths: [Int]

  /// `width` is that of the terminal; nil for no limit. `isChosen` keeps every column.
  init(_ rows: [[String]], isChosen: Bool, width: Int?) {
    let count = rows.first?.count ?? 0
    let natural = (0..<count).map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
    var shown = Array(0..<count)
    func least(_ columns: [Int]) -> Int {
      columns.reduce(0) { $0 + min(natural[$1], Self.columnMin) } + Self.gap * (columns.count - 1)
    }
    if let width, !isChosen {
      while shown.count > 1, least(shown) > width { shown.removeLast() }
    }
    self.shown = shown
    widths = Self.fitted(shown.map { natural[$0] }, to: width)
  }

  /// Takes from the widest column until all fit.
  private static func fitted(_ natural: [Int], to width: Int?) -> [Int] {
    var widths = natural
    guard let width else { return widths }
    var over = widths.reduce(gap * (widths.count - 1), +) - width
    while over > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
      widths[widest] > 1
    {
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
