/// What changed in an event.
public enum EventChanges {
  case list(ChangeList)
  /// All fields of a new account that have a value. Keeping the account takes half the space of the
  /// list, and most are never read.
  case creation(of: PackedUser)

  public static var none: EventChanges { .list(.none) }

  public var isCreation: Bool { if case .creation = self { true } else { false } }

  /// The email of a new account.
  var emailOfCreation: String? {
    if case .creation(let user) = self { user.withRow { $0.email?.string } } else { nil }
  }

  public var list: ChangeList {
    switch self {
    case .list(let list): list
    case .creation(let user): user.withRow { ChangeRecorder().creation(of: $0) }
    }
  }
}

extension EventChanges: Equatable {
  public static func == (one: EventChanges, other: EventChanges) -> Bool {
    one.list.text == other.list.text
  }
}
