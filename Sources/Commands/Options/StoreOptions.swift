import Contract

extension Option {
  /// Options for the store's location.
  static let storing = [
    Option(
      "--store", takes: "ADDRESS", .store(orMemory: true),
      of: [.serve, .call, .watch, .export, .token, .config], variable: "ROSTER_STORE",
      """
      the store: file:PATH (default: $XDG_DATA_HOME/roster/users.db), postgres://HOST/DATABASE, or \
      memory: the store exists as long as the process, and the account that --as names owns it
      """,
      details: """
        \(standardLocation) A missing store is an error: roster init creates one. A store in \
        memory ends with the process.
        """
    ) { $0.store = try storeAddress($1) },
    Option(
      "--store", takes: "ADDRESS", .store(orMemory: false),
      of: [.initialize, .import, .policy, .backup, .restore, .migrate, .events, .doctor],
      variable: "ROSTER_STORE",
      "the store: file:PATH ($XDG_DATA_HOME/roster/users.db), or postgres://HOST/DATABASE",
      details: standardLocation
    ) { $0.store = try storeAddress($1) },
    Option(
      "--from", takes: "ADDRESS", .store(orMemory: false), of: [.copy], isRequired: true,
      "the store to copy: file:PATH, or postgres://HOST/DATABASE",
      details: """
        It is read in one snapshot. A file of an older format is upgraded first; nothing else changes.
        """
    ) { $0.source = try storeAddress($1, "--from") },
    Option(
      "--to", takes: "ADDRESS", .store(orMemory: false), of: [.copy], isRequired: true,
      "the store to make: file:PATH, or postgres://HOST/DATABASE",
      details: """
        A file must not exist yet. A database must hold no store in the schema that the address names \
        (schema=NAME, default: roster); the role that makes it owns its tables.
        """
    ) { $0.target = try storeAddress($1, "--to") },
  ]

  private static let standardLocation = """
    If XDG_DATA_HOME is not set, Roster uses ~/.local/share. Roster itself expands ~/ at the start \
    of a path. A store on a PostgreSQL server has an address of libpq with the schema that holds it, \
    postgres://HOST/DATABASE?schema=NAME (default: roster), or is named by a service file: \
    service:NAME?schema=NAME. The address must not hold a password; without sslmode, any host but \
    this one must prove its name by TLS.
    """

  private static func storeAddress(
    _ value: String, _ option: String = "--store"
  ) throws -> StoreAddress {
    if value == "memory", option == "--store" { return .memory }
    if let path = value.behind("file:"), !path.isEmpty {
      if path == ":memory:" {
        throw UsageError("file::memory: is not a file; use --store memory")
      }
      return .file(try Launch.path(path))
    }
    if ServerLocation.isServer(value) {
      try ServerLocation.check(value, of: option)
      return .server(try ServerLocation.expandingFiles(in: value))
    }
    let memory = option == "--store" ? "memory, " : ""
    throw UsageError(
      "\(option) is \(memory)file:PATH, postgres://HOST/DATABASE or service:NAME, not \(value)")
  }
}
