internal import CPostgres
internal import Contract
public import Users

/// Checks a store on a server, and the server's settings. It changes nothing.
public final class ServerCheck {
  private let location: String
  private var store: PostgresUserStore?

  /// The version of libpq, such as 15.4.
  public static var libraryVersion: String {
    let version = PQlibVersion()
    return "\(version / 10_000).\(version % 10_000)"
  }

  public init(_ location: String) { self.location = location }

  /// Reports one check after the other. Returns whether the store can be served.
  public func run(
    roleNames: (_ policy: String) throws(StoreError) -> [String], _ report: (Check) -> Void
  ) -> Bool {
    do {
      store = try PostgresUserStore(ServerAddress(location))
    } catch let error as StoreFileError {
      report(.fail("server", error.problem.text, error.remedy.text))
      return false
    } catch {
      report(.fail("server", "\(error)", "Check the address."))
      return false
    }
    var isSound = true
    let checks: [(String, (PostgresUserStore) throws(StoreError) -> Check)] = [
      ("server", server), ("privileges", privileges), ("indexes", indexes),
      ("durability", durability),
      ("counts", counts), ("events", events), ("snapshots", snapshots),
      ("latency", latency),
    ]
    for (name, check) in checks {
      let result = outcome(name, check)
      isSound = isSound && result.status != .fail
      report(result)
    }
    for result in records() {
      isSound = isSound && result.status != .fail
      report(result)
    }
    let policy = outcome("policy") { (store) throws(StoreError) in
      try self.policy(store, roleNames)
    }
    report(policy)
    return isSound && policy.status != .fail
  }

  private func outcome(
    _ name: String, _ check: (PostgresUserStore) throws(StoreError) -> Check
  ) -> Check {
    guard let store else { return .fail(name, "there is no store", "Check the address.") }
    do throws(StoreError) {
      try store.beginSteadyRead()
      let result = try check(store)
      try store.commit()
      return result
    } catch {
      store.rollback()
      return .fail(name, error)
    }
  }

  private func rows(_ store: PostgresUserStore, _ sql: String) throws(StoreError) -> Rows {
    try store.fetchChecked { () throws(StoreError) in try store.connection.queue(sql) }
  }

  // MARK: The server

  private func server(_ store: PostgresUserStore) throws(StoreError) -> Check {
    guard let facts = store.connection.facts else {
      throw .serverFailed("the connection was lost")
    }
    let way = facts.tls ?? (facts.host.begins(with: "/") ? "a socket" : "no TLS")
    let server = "PostgreSQL \(facts.version) at \(facts.host), by \(way)"
    if facts.isLocal || facts.tlsMode == "verify-full" { return .ok("server", server) }
    return .warn(
      "server",
      server + "; nothing proves that it is the right server: sslmode is \(facts.tlsMode)",
      "Use sslmode=verify-full, with the file of the certificate authority as sslrootcert=FILE.")
  }

  private func privileges(_ store: PostgresUserStore) throws(StoreError) -> Check {
    let name = "privileges"
    let kinds = ["SELECT", "INSERT", "UPDATE", "DELETE"]
      .map { "has_table_privilege(to_regclass(name), '\($0)')" }.joined(separator: " AND ")
    let schema = store.sql.schema.replacingScalar("'", by: "''")
    let tables = PostgresUserStore.tables.map { "('\(schema).\($0)')" }.joined(separator: ", ")
    let found = try rows(
      store,
      """
      SELECT name, to_regclass(name) IS NULL FROM (VALUES \(tables)) t (name)
        WHERE coalesce(NOT (\(kinds)), true)
      """)
    if found.count == 0 { return .ok(name, "the role may read and write all tables") }
    let names = { (isMissing: Bool) in
      (0..<found.count).filter { found.bool($0, 1) == isMissing }
        .map { found.text($0, 0)?.string ?? "" }.joined(separator: ", ")
    }
    if !names(true).isEmpty {
      return .fail(
        name, "there are no tables \(names(true))",
        "Restore a backup: as the owner, drop the schema, then use roster restore.")
    }
    return .fail(
      name, "the role may not use these tables: \(names(false))",
      "The owner of the tables grants SELECT, INSERT, UPDATE and DELETE on them.")
  }

  private func indexes(_ store: PostgresUserStore) throws(StoreError) -> Check {
    let schema = store.sql.schema.replacingScalar("'", by: "''")
    let names = DatabaseSchema.indexNames.map { "('\(schema).\($0)')" }.joined(separator: ", ")
    let found = try rows(
      store, "SELECT name FROM (VALUES \(names)) t (name) WHERE to_regclass(name) IS NULL")
    if found.count == 0 { return .ok("indexes", "all are there") }
    let missing = (0..<found.count).map { found.text($0, 0)?.string ?? "" }
    return .fail(
      "indexes", "these are missing: \(missing.joined(separator: ", "))",
      "Copy the store to a new one with roster copy, which builds them.")
  }

  private func durability(_ store: PostgresUserStore) throws(StoreError) -> Check {
    let name = "durability"
    let found = try rows(
      store,
      """
      SELECT current_setting('fsync'), current_setting('full_page_writes'),
        current_setting('synchronous_commit'), current_setting('data_checksums'),
        (SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE sync_state = 'async')
      """)
    func setting(_ column: Int32) -> String { found.text(0, column)?.string ?? "" }
    if setting(0) != "on" || setting(1) != "on" {
      return .fail(
        name, "the server may lose or damage data in a crash: fsync or full_page_writes is off",
        "Set both to on.")
    }
    if ["off", "local"].contains(setting(2)) {
      return .warn(
        name, "synchronous_commit is \(setting(2)): a crash may lose acknowledged changes",
        "Set it to on for this role or database.")
    }
    if found.int(0, 4) > 0 {
      return .warn(
        name, "a standby is asynchronous: its promotion may lose acknowledged changes",
        "Name it in synchronous_standby_names.")
    }
    return .ok(
      name, "fsync on, synchronous_commit \(setting(2)), page checksums \(setting(3))")
  }

  private func latency(_ store: PostgresUserStore) throws(StoreError) -> Check {
    var micros: [Int] = []
    for _ in 0..<20 {
      let start = Stopwatch.nowMicros
      _ = try rows(store, "SELECT 1")
      micros.append(Stopwatch.nowMicros - start)
    }
    return .ok("latency", "a trip to the server takes \(micros.sorted()[10]) µs")
  }

  /// Under a long transaction of any program, old versions of rows stay, and writing slows down.
  private func snapshots(_ store: PostgresUserStore) throws(StoreError) -> Check {
    let name = "snapshots"
    let found = try rows(
      store,
      """
      SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::bigint
        FROM pg_catalog.pg_stat_activity WHERE datname = current_database()
      """)
    let seconds = found.int(0, 0)
    if seconds < 3600 { return .ok(name, "the oldest transaction is \(seconds) seconds old") }
    return .warn(
      name, "a transaction has been open for \(seconds) seconds, so that writing slows down",
      "Find it in pg_stat_activity, and end it.")
  }

  // MARK: The content

  private func counts(_ store: PostgresUserStore) throws(StoreError) -> Check {
    let schema = store.sql.schema
    let actual = """
      SELECT '' AS scope, flags, count(*) FROM \(schema).users GROUP BY flags
      UNION ALL SELECT ':' || organization_id, flags, count(*) FROM \(schema).users
        WHERE organization_id IS NOT NULL GROUP BY organization_id, flags
      """
    let kept = "SELECT scope, flags, count FROM \(schema).counts WHERE count <> 0"
    let found = try rows(
      store,
      """
      SELECT (SELECT count(*) FROM ((\(actual)) EXCEPT (\(kept))) a)
        + (SELECT count(*) FROM ((\(kept)) EXCEPT (\(actual))) b)
      """)
    if found.int(0, 0) == 0 { return .ok("counts", "the stored counts are right") }
    return .fail(
      "counts", "\(found.int(0, 0)) stored counts are wrong", "Restore a backup.")
  }

  private func events(_ store: PostgresUserStore) throws(StoreError) -> Check {
    let found = try rows(
      store,
      "SELECT count(*), coalesce(min(seq), 0), coalesce(max(seq), 0) FROM "
        + "\(store.sql.schema).events")
    let (count, first, last) = (found.int(0, 0), found.int(0, 1), found.int(0, 2))
    let directory = try store.current()
    let isWhole = count == 0 || last - first + 1 == count
    if isWhole, last == directory.latest.seq, first == directory.oldest ?? 0 {
      return .ok("events", "\(count) events, without gaps")
    }
    return .fail("events", "the feed of events has gaps", "Restore a backup.")
  }

  /// Reads everything as a copy does: checksums of accounts and credentials, texts, and the feed's order.
  private func records() -> [Check] {
    var (accounts, owners) = (0, 0)
    func note(_ record: DirectoryRecord) {
      guard case .account(let user) = record else { return }
      accounts += 1
      let flags = user.withRow { $0.flags }
      if flags.contains(.owner), flags.status == .active { owners += 1 }
    }
    do {
      let reader = try PostgresUserStore.reader(of: ServerAddress(location))
      try DirectoryCopy.run(
        from: reader, to: Nowhere(),
        isKept: { record in
          note(record)
          return false
        })
      return [
        owners > 0
          ? .ok("accounts", "\(accounts) accounts match their checksums")
          : .fail("accounts", "no active account is an owner", "Restore a backup."),
        .ok("records", "all \(reader.count) can be copied"),
      ]
    } catch let error as StoreFileError {
      return [.fail("records", error.problem.text, error.remedy.text)]
    } catch {
      return [.fail("records", "\(error)", "Check the address.")]
    }
  }

  private final class Nowhere: DirectoryWriter {
    let location = ""
    func write(_ record: DirectoryRecord) {}
    func finish() {}
  }

  private func policy(
    _ store: PostgresUserStore, _ roleNames: (_ policy: String) throws(StoreError) -> [String]
  ) throws(StoreError) -> Check {
    guard let text = try store.policyText else { return .ok("policy", "predefined roles only") }
    return .ok("policy", "\(try roleNames(text).count) custom roles")
  }
}
