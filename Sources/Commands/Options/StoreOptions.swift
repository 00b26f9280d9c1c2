import Contract

extension Option {
  /// Options for the store's location.
  static let storing = [
    Option(
      "--store", takes: "file:PATH|memory", .store(orMemory: true),
      of: [.serve, .call, .watch, .export, .token, .config], variable: "ROSTER_STORE",
      """
      the store: a file (default: $XDG_DATA_HOME/roster/users.db), or memory: the store exists as \
      long as the process, and the account that --as names owns it
      """,
      details: """
        \(standardLocation) A missing store is an error: roster init creates one. A store in \
        memory ends with the \
        process.
        """
    ) { $0.store = try storeAddress($1) },
    Option(
      "--store", takes: "file:PATH", .store(orMemory: false),
      of: [.initialize, .import, .policy, .backup, .restore, .events, .doctor],
      variable: "ROSTER_STORE",
      "the store's file ($XDG_DATA_HOME/roster/users.db)",
      details: standardLocation
    ) { $0.store = try storeAddress($1) },
  ]

  private static let standardLocation = """
    If XDG_DATA_HOME is not set, Roster uses ~/.local/share. Roster itself expands ~/ at the start \
    of a path.
    """

  private static func storeAddress(_ value: String) throws -> StoreAddress {
    if value == "memory" { return .memory }
    if let path = value.behind("file:"), !path.isEmpty {
      if path == ":memory:" {
        throw UsageError("file::memory: is not a file; use --store memory")
      }
      return .file(try Launch.path(path))
    }
    throw UsageError("--store is memory or file:PATH, not \(value)")
  }
}
