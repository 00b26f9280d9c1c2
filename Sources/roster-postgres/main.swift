public import Commands
internal import Contract
public import PostgresUserStore
public import Users

// This executable keeps stores on a PostgreSQL server. The command line itself does not depend on
// libpq.
extension PostgresUserStore: KeptStore {
  public static var isOnServer: Bool { true }
  public static var engine: String { "libpq \(ServerCheck.libraryVersion)" }
  public static var engineNote: String? { nil }

  public static func open(
    _ address: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> PostgresUserStore {
    try PostgresUserStore(ServerAddress(address))
  }

  public static func openCopy(
    _ address: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> PostgresUserStore {
    try openCopy(of: ServerAddress(address))
  }

  public static func create(_ address: String, owner: User, grantees: [String]) throws {
    try create(ServerAddress(address), owner: owner, grantees: grantees)
  }

  public static func backUp(
    _ address: String, to destination: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> Int {
    throw StoreFileError(
      address, "is backed up by the tools of its server",
      "Use pg_dump, or the backups of whoever runs the server; roster export writes the accounts.")
  }

  public static func restore(
    _ backup: String, to address: String, keepsTokens: Bool,
    _ progress: (_ all: Int, _ left: Int) -> Void, whenReady: (_ accounts: Int) throws -> Void
  ) throws -> (accounts: Int, accessEnded: Int) {
    throw StoreFileError(
      address, "is restored by the tools of its server",
      "Use pg_restore, or roster import with an export.")
  }

  public static func checkUp(
    _ address: String, roleNames: @escaping (_ policy: String) throws(StoreError) -> [String],
    _ report: (Check) -> Void
  ) -> Bool {
    ServerCheck(address).run(roleNames: roleNames, report)
  }
}

Program.run(PostgresUserStore.self)
