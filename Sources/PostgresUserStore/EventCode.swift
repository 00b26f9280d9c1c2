internal import Users

/// The numbers of the types of events in the table.
enum EventCode {
  private static let all: [(type: EventType, code: Int64)] = [
    (.userCreated, 1), (.userUpdated, 2), (.userDeleted, 3), (.userRestored, 4), (.userInvited, 5),
    (.invitationAccepted, 6), (.passwordResetRequested, 7), (.passwordChanged, 8),
    (.tokenCreated, 9), (.tokenRevoked, 10), (.policyChanged, 11),
  ]

  static func of(_ type: EventType) -> Int64 { all.first { $0.type == type }?.code ?? 0 }

  static func type(of code: Int64) -> EventType? { all.first { $0.code == code }?.type }
}
