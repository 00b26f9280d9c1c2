/// An account in one block of memory, in the form in which stores pass rows.
public final class PackedUser {
  public let id: UserID
  private let block: ByteBlock
  /// Its texts lie in `block`, so it is valid as long as this object lives.
  private let row: UserView

  public init(_ user: User) {
    id = user.id
    (row, block) = user.packed()
  }

  deinit { block.deallocate() }

  /// Passes the row to `body`; the object lives at least until `body` returns.
  public func withRow<R, E: Error>(_ body: (UserView) throws(E) -> R) throws(E) -> R {
    try withExtendedLifetime(self) { (user: PackedUser) throws(E) in try body(user.row) }
  }
}

extension User {
  public init(_ stored: PackedUser) { self = stored.withRow { User($0) } }
}
