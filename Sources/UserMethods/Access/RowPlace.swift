/// Where a row stands in what was brought.
public enum RowPlace: Sendable {
  case line(Int)
  /// In the list of a document, from 1 on.
  case entry(Int)

  public var number: Int {
    switch self {
    case .line(let number), .entry(let number): number
    }
  }

  public var isFirstLine: Bool { if case .line(1) = self { true } else { false } }

  /// What it is counted in.
  public var word: String {
    switch self {
    case .line: "line"
    case .entry: "entry"
    }
  }
}
