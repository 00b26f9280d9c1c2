/// The position of a row in an import file.
public enum RowLocation: Sendable {
  case line(Int)
  /// The position in the list of a document, from 1.
  case entry(Int)

  public var number: Int {
    switch self {
    case .line(let number), .entry(let number): number
    }
  }

  public var isFirstLine: Bool { if case .line(1) = self { true } else { false } }

  /// The unit of the position.
  public var word: String {
    switch self {
    case .line: "line"
    case .entry: "entry"
    }
  }
}
