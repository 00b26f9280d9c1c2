public import Users

/// A store that outlives its process. Each executable links one kind, and hands it to `Program.run`.
///
/// A place is what stands behind the scheme of an address: for `file:PATH` it is the path. The command
/// line reads addresses itself (`StoreAddress`), so that all executables understand the same ones.
public protocol KeptStore: UserStore {
  /// The library that keeps the store, with its version, such as `SQLite 3.40.1`.
  static var engine: String { get }

  /// What people should know of this version of it; nil if there is nothing.
  static var engineNote: String? { get }

  /// Opens the store at a place. A missing store is an error, never a new one.
  static func open(_ place: String) throws -> Self

  /// Opens a copy of the store, as it is at one moment, that is gone with the object.
  static func openCopy(
    _ place: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> Self

  /// Makes a store with its first account.
  static func create(_ place: String, owner: User) throws

  /// Copies the store, as it is at one moment, to a new file; returns its size in bytes.
  static func backUp(
    _ place: String, to destination: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> Int

  /// Puts a backup in the place of what the store holds.
  ///
  /// The backup is checked first. Then `whenReady` is told how many accounts it holds: the store is not
  /// touched if that throws. `keepsTokens` leaves API tokens that have been revoked since.
  static func restore(
    _ backup: String, to place: String, keepsTokens: Bool,
    _ progress: (_ all: Int, _ left: Int) -> Void, whenReady: (_ accounts: Int) throws -> Void
  ) throws -> (accounts: Int, accessEnded: Int)

  /// Reports one check of the store after another. True if the store can be served as it is.
  ///
  /// `roleNames` reads the policy that a store keeps, which means nothing to the store.
  static func checkUp(
    _ place: String, roleNames: @escaping (_ policy: String) throws(StoreError) -> [String],
    _ report: (Check) -> Void
  ) -> Bool
}
