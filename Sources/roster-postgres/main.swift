public import Commands
internal import Contract
public import PostgresUserStore
internal import SQLiteUserStore
internal import Server
public import Users

// This executable keeps stores on a PostgreSQL server. The command line itself does not depend on
// libpq. It also reads and makes store files, to copy and restore from one kind to the other.
extension PostgresUserStore: KeptStore {
  public static var isOnServer: Bool { true }
  public static var engine: String { "libpq \(ServerCheck.libraryVersion)" }
  public static var engineNote: String? { nil }

  public static func open(
    _ address: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> PostgresUserStore {
    try PostgresUserStore(ServerAddress(address)) { Log.info("PostgreSQL says \($0)") }
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
      """
      Use pg_dump, or the backups of whoever runs the server. A copy that roster restore takes is made \
      by: roster copy --from \(ShellWord.quoted(address)) --to file:PATH
      """)
  }

  public static func reader(
    of address: StoreAddress, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> any DirectoryReader {
    switch address {
    case .file(let path): try SQLiteUserStore.reader(of: path, progress)
    case .server(let text): try reader(of: ServerAddress(text))
    case .memory: throw inMemory(address)
    }
  }

  public static func writer(
    to address: StoreAddress, grantees: [String]
  ) throws -> any DirectoryWriter {
    switch address {
    case .file(let path): try SQLiteUserStore.writer(to: path)
    case .server(let text): try writer(to: ServerAddress(text), grantees: grantees)
    case .memory: throw inMemory(address)
    }
  }

  private static func inMemory(_ address: StoreAddress) -> StoreFileError {
    StoreFileError(address.text, "can't be copied", "Choose a file or a database server.")
  }

  public static func restore(
    _ backup: String, to address: String, keepsTokens: Bool,
    _ progress: (_ all: Int, _ left: Int) -> Void, whenReady: (_ accounts: Int) throws -> Void
  ) throws -> (accounts: Int, accessEnded: Int) {
    let folder = try PrivateFolder()
    defer { folder.remove() }
    return try restore(
      backup, copiedInto: folder.path, to: ServerAddress(address), keepsTokens, progress, whenReady)
  }

  /// A function of its own, so that the copy is removed before its folder.
  private static func restore(
    _ backup: String, copiedInto folder: String, to address: ServerAddress, _ keepsTokens: Bool,
    _ progress: (_ all: Int, _ left: Int) -> Void, _ whenReady: (_ accounts: Int) throws -> Void
  ) throws -> (accounts: Int, accessEnded: Int) {
    let reader = try SQLiteUserStore.reader(ofBackup: backup, copiedInto: folder, progress)
    try whenReady(reader.accounts)
    return try ServerRestoration.run(
      from: reader, to: address, keepsTokens: keepsTokens, progress)
  }

  public static func migrate(
    _ address: String, _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> (from: Int, to: Int) {
    try ServerMigration(ServerAddress(address)).run()
  }

  public static func checkUp(
    _ address: String, roleNames: @escaping (_ policy: String) throws(StoreError) -> [String],
    _ report: (Check) -> Void
  ) -> Bool {
    ServerCheck(address).run(roleNames: roleNames, report)
  }
}

Program.run(PostgresUserStore.self)
