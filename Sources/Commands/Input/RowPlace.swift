import Contract

/// Where a row stands in what was brought.
enum RowPlace {
  case line(Int)
  /// In the list of a document, from 1 on.
  case entry(Int)

  func told(in path: String) -> Notice {
    switch self {
    case .line(let number): "\(path):\(number)"
    case .entry(let number): "\(path): entry \(number)"
    }
  }
}
