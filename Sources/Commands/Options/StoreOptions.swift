import Contract

extension Option {
  /// Where the store is.
  static let storing = [
    Option(
      "--store", takes: "file:PATH|memory", .store(orMemory: true),
      of: [.serve, .call, .export, .token, .config],
      """
      the store: a file ($XDG_DATA_HOME/roster/users.db), or memory, where nothing is kept; there \
      --as becomes the owner
      """,
      details: """
        \(standardPlace) A store that is not there is an error and is never made: roster init does \
        that. A store in memory ends with the process.
        """
    ) { $0.store = try storeAddress($1) },
    Option(
      "--store", takes: "file:PATH", .store(orMemory: false),
      of: [.initialize, .import, .policy, .backup, .restore, .events, .doctor],
      "the store's file ($XDG_DATA_HOME/roster/users.db)",
      details: standardPlace
    ) { $0.store = try storeAddress($1) },
  ]

  private static let standardPlace = """
    Where XDG_DATA_HOME is not set, ~/.local/share stands in its place. A path that begins with ~/ is \
    in the home folder, also where no shell has read it.
    """

  private static func storeAddress(_ value: String) throws -> StoreAddress {
    if value == "memory" { return .memory }
    if let path = value.behind("file:"), !path.isEmpty {
      if path == ":memory:" {
        throw UsageError("file::memory: is no file; what is kept in memory is --store memory")
      }
      return .file(try Launch.path(path))
    }
    throw UsageError("--store is memory or file:PATH, not \(value)")
  }
}
