internal import Contract
public import Users

/// Replaces the content of a store on a server by a backup while other processes use the store. They
/// see one commit.
public enum ServerRestoration {
  /// While the others wait for the lock, this process may read the backup for no longer than this
  /// without a word to the server.
  private static let restMsMax = 60_000

  /// Returns the number of accounts, and how many sessions, tokens, invitations, resets and temporary
  /// passwords of the backup were ended, because restoring them could revive revoked access.
  ///
  /// API tokens stay if the store still has them, or all of them with `keepsTokens`. If there is no
  /// store, one is made.
  public static func run(
    from reader: any DirectoryReader, to address: ServerAddress, keepsTokens: Bool,
    _ progress: (_ all: Int, _ left: Int) -> Void
  ) throws -> (accounts: Int, accessEnded: Int) {
    let (writer, tokens) = try begin(address)
    var accessEnded = 0
    let accounts = try DirectoryCopy.run(from: reader, to: writer, progress) { record in
      let isKept =
        switch record {
        case .token(let token):
          token.kind == .api && (keepsTokens || tokens.contains(token.digest))
        case .password(let password): password.temporaryUntil == nil
        default: true
        }
      if !isKept { accessEnded += 1 }
      return isKept
    }
    return (accounts, accessEnded)
  }

  /// Takes the lock and removes everything in the store. Returns the digests of its API tokens.
  private static func begin(
    _ address: ServerAddress
  ) throws -> (writer: any DirectoryWriter, tokens: Set<[UInt8]>) {
    if try !PostgresUserStore.exists(address) {
      return (try PostgresUserStore.writer(to: address, grantees: []), [])
    }
    let store = try PostgresUserStore(address)
    do throws(StoreError) {
      try store.beginWrite()
      let tokens = try store.digestsOfTokens()
      try store.runLong([PostgresUserStore.wholeLimits(restMsMax: restMsMax)])
      try store.runLong(removals(store.sql.schema))
      return (ServerWriter(store, location: address.text, ending: []), tokens)
    } catch {
      store.rollback()
      throw StoreFileError(
        address.text, "can't be restored, and is as it was. \(error.failure.message)",
        "\(error.failure.hint.text)")
    }
  }

  /// Tables that refer to others come first, so that no row is looked for twice.
  private static func removals(_ schema: String) -> [String] {
    let tables = CopyTable.allCases.reversed().map(\.rawValue) + ["counts", "policy"]
    return tables.map { "DELETE FROM \(schema).\($0)" }
  }
}

extension PostgresUserStore {
  fileprivate static func exists(_ address: ServerAddress) throws(StoreFileError) -> Bool {
    let store = try PostgresUserStore(unopened: address)
    do throws(StoreError) { return try store.exists() } catch {
      throw store.creationError(address, error)
    }
  }

  fileprivate func digestsOfTokens() throws(StoreError) -> Set<[UInt8]> {
    let rows = try fetchChecked { () throws(StoreError) in
      try connection.queue(
        "SELECT digest FROM \(sql.schema).tokens WHERE kind = \(TokenKind.api.rawValue)")
    }
    return Set((0..<rows.count).map { Array(rows.bytes($0, 0)) })
  }
}
