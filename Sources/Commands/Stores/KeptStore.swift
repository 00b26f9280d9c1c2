public import Users

/// A persistent store. Each executable links one kind, and passes it to `Program.run`.
///
/// A location is the path of a file, for `file:PATH`, or the whole address of a store on a database
/// server. The command line parses addresses itself (`StoreAddress`), so that all executables accept
/// the same ones.
public protocol KeptStore: UserStore {
  /// Whether stores of this kind are on a database server; otherwise they are files.
  static var isOnServer: Bool { get }

  /// The library of the store with its version, such as `SQLite 3.40.1`.
  static var engine: String { get }

  /// A note for people about this version of the library; nil if there is nothing to say.
  static var engineNote: String? { get }

  /// Opens the store at a location. A missing store is an error; none is created. While a store of
  /// an older version is migrated, `progress` receives the numbers of all accounts and of those
  /// that are left.
  static func open(
    _ location: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> Self

  /// Opens a copy of one snapshot of the store. The copy is removed with the object.
  static func openCopy(
    _ location: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> Self

  /// Creates a store with its first account. `grantees` are the roles of a database that may use it.
  static func create(_ location: String, owner: User, grantees: [String]) throws

  /// Copies one snapshot of the store to a new file; returns the file's size in bytes.
  static func backUp(
    _ location: String, to destination: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> Int

  /// Begins to read everything in a store of any kind that this executable can open, in one snapshot.
  /// `progress` is that of `open`.
  static func reader(
    of address: StoreAddress, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> any DirectoryReader

  /// Begins a store of any such kind with the content of another one. There must be none yet.
  static func writer(
    to address: StoreAddress, grantees: [String]
  ) throws -> any DirectoryWriter

  /// Replaces the content of the store with that of a backup.
  ///
  /// The backup is checked first. Then `whenReady` receives its number of accounts; if it throws,
  /// the store is not changed. `keepsTokens` keeps API tokens that were revoked after the backup.
  static func restore(
    _ backup: String, to location: String, keepsTokens: Bool,
    _ progress: (_ all: Int, _ left: Int) -> Void, whenReady: (_ accounts: Int) throws -> Void
  ) throws -> (accounts: Int, accessEnded: Int)

  /// Brings the store to the current format; returns the formats before and after. `progress` is that of
  /// `open`.
  static func migrate(
    _ location: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> (from: Int, to: Int)

  /// Reports one check of the store after another. Returns true if the store can be served as it
  /// is.
  ///
  /// `roleNames` reads the policy, whose text the store does not interpret.
  static func checkUp(
    _ location: String, roleNames: @escaping (_ policy: String) throws(StoreError) -> [String],
    _ report: (Check) -> Void
  ) -> Bool
}
