import Contract
import UserMethods

/// What is wrong with rows: the first are told one by one, the others are counted by what is wrong.
struct ImportComplaints {
  private static let toldMax = 20
  private static let reasonsMax = 20

  private let path: String
  private var count = 0
  /// What is told when the group has ended.
  private var waiting: [Notice] = []
  /// In the order in which they came.
  private var reasons: [(reason: String, count: Int)] = []
  private var others = 0

  init(path: String) { self.path = path }

  /// Whether enough is waiting to be told now.
  var isFull: Bool { waiting.count == Self.toldMax }

  mutating func add(_ place: RowPlace, _ reason: String) {
    count += 1
    if count <= Self.toldMax {
      waiting.append(place.told(in: path) + ": \(reason)")
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

  /// What was only counted.
  func tellRest() {
    if reasons.isEmpty { return }
    var lines: [Notice] = [
      "\(path): \(count - Self.toldMax) more rows (--report FILE names them all)"
    ]
    lines += reasons.map { "  \($0.count) × \($0.reason)" }
    if others > 0 { lines.append("  \(others) × something else") }
    Terminal.complain(.lines(lines))
  }
}

extension RowPlace {
  func told(in path: String) -> Notice {
    switch self {
    case .line(let number): "\(path):\(number)"
    case .entry(let number): "\(path): entry \(number)"
    }
  }
}
