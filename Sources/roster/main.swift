public import Commands
internal import Contract
public import SQLiteUserStore
public import Users

// This executable keeps stores in SQLite files. The command line itself does not depend on SQLite.
extension SQLiteUserStore: KeptStore {
  public static var isOnServer: Bool { false }

  public static var engine: String { "SQLite \(IntegrityCheck.sqliteVersion)" }

  public static var engineNote: String? {
    IntegrityCheck.hasWALResetBug
      ? "this SQLite can lose commits (WAL-reset bug), which Roster's lock prevents" : nil
  }

  public static func open(
    _ path: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> SQLiteUserStore {
    try SQLiteUserStore(path: path, progress)
  }

  public static func openCopy(
    _ path: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> SQLiteUserStore {
    try openCopy(of: path, progress)
  }

  public static func create(_ path: String, owner: User, grantees: [String]) throws {
    try create(path: path, owner: owner)
  }

  public static func reader(
    of address: StoreAddress, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> any DirectoryReader {
    try reader(of: path(of: address), progress)
  }

  public static func writer(
    to address: StoreAddress, grantees: [String]
  ) throws -> any DirectoryWriter {
    try writer(to: path(of: address))
  }

  private static func path(of address: StoreAddress) throws -> String {
    if case .file(let path) = address { return path }
    throw StoreFileError(
      address.text, "is not a file", "Use roster-postgres for a store on a database server.")
  }

  public static func restore(
    _ backup: String, to path: String, keepsTokens: Bool,
    _ progress: (_ all: Int, _ left: Int) -> Void, whenReady: (_ accounts: Int) throws -> Void
  ) throws -> (accounts: Int, accessEnded: Int) {
    let restoration = try Restoration(of: backup, to: path, progress)
    try whenReady(restoration.accounts)
    let outcome = try restoration.run(keepsTokens: keepsTokens)
    return (outcome.accounts, outcome.accessEnded)
  }

  public static func migrate(
    _ path: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> (from: Int, to: Int) {
    try migrate(path: path, progress)
  }

  public static func checkUp(
    _ path: String, roleNames: @escaping IntegrityCheck.RoleReader, _ report: (Check) -> Void
  ) -> Bool {
    IntegrityCheck(path: path, roleNames: roleNames).run(report)
  }
}

Program.run(SQLiteUserStore.self)
