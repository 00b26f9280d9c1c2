internal import Contract

/// Something that has to hold for an account to be listed or counted. Whether it
/// holds is decided by exhaustive switches, here and in the stores, so that a new one is missed nowhere.
public enum Condition: Equatable, Sendable {
  case text(TextCondition, String)
  case flag(UserFlags, Bool)
  case ids([UserID])
  case time(TimeCondition, TimeRange)
}

extension Condition {
  /// Whether it holds for an account, for stores that look at row after row.
  func holds(for row: UserRow) -> Bool {
    switch self {
    case .text(let condition, let text): condition.holds(for: row, text)
    case .flag(let flag, let isOn): row.flags.contains(flag) == isOn
    case .ids(let ids): ids.contains(row.id)
    case .time(let condition, let range): condition.time(of: row).map(range.contains) ?? false
    }
  }

  /// Whether flags alone decide it.
  var isAboutFlags: Bool {
    if case .flag = self { true } else { false }
  }

  /// All of it in texts; those of different conditions differ.
  var fingerprint: [String] {
    switch self {
    case .text(let condition, let text): [condition.rawValue, text]
    case .flag(let flag, let isOn): ["flag", "\(flag.rawValue) \(isOn)"]
    case .ids(let ids): ["ids", ids.map(\.text).joined(separator: ",")]
    case .time(let condition, let range):
      [
        condition.rawValue,
        "\(range.after.map { "\($0.milliseconds)" } ?? "*"),"
          + "\(range.before.map { "\($0.milliseconds)" } ?? "*")",
      ]
    }
  }
}
