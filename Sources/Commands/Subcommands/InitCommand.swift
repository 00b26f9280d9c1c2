import Contract
import Glibc
import Users

enum InitCommand: Subcommand {
  static let description = CommandDescription(
    "Create a store with its first owner.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Creates the folder of the default store. The folder of --store must exist. Never overwrites \
      a file.
      """,
      """
      On a database server it creates a schema with its tables; the role that runs it owns them. Roles \
      named by --grant may use them, but not change the tables.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    var options = options
    try options.takeSchema()
    let email = try options.needed(options.owner, "--owner")
    let location = try options.keptLocation(else: "a memory store needs no init")
    let owner = try User.owner(email, name: options.name)
    // The default folder is created; a folder that the user named must exist.
    let folders = options.store == nil ? makeFolders(above: location) : []
    do {
      try store.create(location, owner: owner, grantees: options.grantees)
    } catch {
      for folder in folders.reversed() { rmdir(folder) }
      throw error
    }
    Terminal.say(
      """
      \(location) is ready; \(owner.email ?? email) owns it.
      Serve it with: roster serve --store \(try servedStore(options)) --as \(owner.email ?? email)
      """)
  }

  /// The store as a shell takes it. On a server, the role that serves is not the one that owns the
  /// tables.
  private static func servedStore(_ options: Options) throws -> String {
    let address = try options.chosenStore()
    guard case .server(let text) = address else { return address.text }
    let role = options.grantees.first
    return ShellWord.quoted(
      role.flatMap { ServerLocation.replacingRole(of: text, by: $0) } ?? text)
  }

  /// Returns the folders that it created.
  private static func makeFolders(above path: String) -> [String] {
    var made: [String] = []
    for end in path.utf8.indices.dropFirst() where path.utf8[end] == UInt8(ascii: "/") {
      let folder = String(path[..<end])
      // Changes the mode only of folders created here: private, whatever the umask is.
      if mkdir(folder, 0o700) == 0 {
        chmod(folder, 0o700)
        made.append(folder)
      }
    }
    return made
  }
}

extension Options {
  /// Adds the schema of `--schema` to the address of the store.
  fileprivate mutating func takeSchema() throws {
    if case .server(let address) = store {
      if let schema { store = .server(try ServerLocation.adding(schema: schema, to: address)) }
    } else if schema != nil || !grantees.isEmpty {
      throw UsageError("--schema and --grant are for a store on a database server")
    }
  }
}
