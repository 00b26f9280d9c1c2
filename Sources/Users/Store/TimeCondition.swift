/// Which time of an account is meant.
public enum TimeCondition: String, CaseIterable, Sendable {
  case created, updated, lastLogin
}

extension TimeCondition {
  func time(of row: UserRow) -> Timestamp? {
    switch self {
    case .created: row.id.createdAt
    case .updated: row.updatedAt
    case .lastLogin: row.lastLogin
    }
  }
}
