import Contract
import UserMethods

/// Errors of rows: the first are printed one by one, the others are counted by reason.
struct ImportComplaints {
  private static let toldMax = 20
  private static let reasonsMax = 20

  private let path: String
  private var count = 0
  /// Errors to be printed at the end of the transaction.
  private var waiting: [Notice] = []
  /// In order of first occurrence.
  private var reasons: [(reason: String, count: Int)] = []
  private var others = 0

  init(path: String) { self.path = path }

  /// Whether so many errors are pending that they have to be printed now.
  var isFull: Bool { waiting.count == Self.toldMax }

  mutating func add(_ location: RowLocation, _ reason: String) {
    count += 1
    if count <= Self.toldMax {
      waiting.append(location.told(in: path) + ": \(reason)")
    } else if let at = reasons.firstIndex(where: { $0.reason == reason }) {
      reasons[at].count += 1
    } else if reasons.count < Self.reasonsMax {
      reasons.append((reason, 1))
    } else {
      others += 1
    }
  }

  mutating func tell() {
    if waiting.isEmpty { return }
    Terminal.showProgress("")
    Terminal.complain(.lines(waiting))
    waiting.removeAll()
  }

  /// Prints the errors that were only counted.
  func tellRest() {
    if reasons.isEmpty { return }
    var lines: [Notice] = [
      "\(path): \(count - Self.toldMax) more rows (--report FILE names them all)"
    ]
    lines += reasons.map { "  \($0.count) × \($0.reason)" }
    if others > 0 { lines.append("  \(others) × other reasons") }
    Terminal.complain(.lines(lines))
  }
}

extension RowLocation {
  func told(in path: String) -> Notice {
    switch self {
    case .line(let number): "\(path):\(number)"
    case .entry(let number): "\(path): entry \(number)"
    }
  }
}
