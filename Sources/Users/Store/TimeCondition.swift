/// The time of an account that a condition is about.
public enum TimeCondition: String, CaseIterable, Sendable {
  case created, updated, lastLogin
}

extension TimeCondition {
  func time(of row: UserView) -> Timestamp? {
    switch self {
    case .created: row.id.createdAt
    case .updated: row.updatedAt
    case .lastLogin: row.lastLogin
    }
  }
}
