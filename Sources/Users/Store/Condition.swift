internal import Contract

/// A condition that an account must fulfil to be listed or counted. Exhaustive switches evaluate
/// it, here and in the stores, so the compiler names every place that a new case needs.
public enum Condition: Equatable, Sendable {
  case text(TextCondition, String)
  case flag(UserFlags, Bool)
  case ids([UserID])
  case time(TimeCondition, TimeRange)
}

extension Condition {
  /// Whether an account fulfils it; for stores that scan rows.
  func holds(for row: UserView) -> Bool {
    switch self {
    case .text(let condition, let text): condition.holds(for: row, text)
    case .flag(let flag, let isOn): row.flags.contains(flag) == isOn
    case .ids(let ids): ids.contains(row.id)
    case .time(let condition, let range): condition.time(of: row).map(range.contains) ?? false
    }
  }

  /// Whether it depends on flags alone.
  public var isAboutFlags: Bool {
    if case .flag = self { true } else { false }
  }

  /// The whole condition as texts; different conditions have different texts.
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
