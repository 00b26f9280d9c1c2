/// An account in one block of memory, in the form in which rows are handed over.
public final class StoredUser {
  public let id: UserID
  private let block: ByteBlock
  /// Its texts lie in `block`: valid as long as somebody holds this object.
  private let row: UserRow

  public init(_ user: User) {
    id = user.id
    (row, block) = user.packed()
  }

  deinit { block.deallocate() }

  /// Lends the row: the object stays at least as long as `body` runs.
  public func withRow<R, E: Error>(_ body: (UserRow) throws(E) -> R) throws(E) -> R {
    try withExtendedLifetime(self) { (user: StoredUser) throws(E) in try body(user.row) }
  }
}

extension User {
  public init(_ stored: StoredUser) { self = stored.withRow { User($0) } }
}
