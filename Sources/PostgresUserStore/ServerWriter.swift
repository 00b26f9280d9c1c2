internal import Contract
internal import Secrets
public import Users

/// Writes everything into a store on a server, in one transaction. Rows are collected, and sent by a
/// COPY for each table.
final class ServerWriter: DirectoryWriter {
  /// More bytes than this are sent at once.
  private static let bytesMax = 4 << 20

  let location: String

  private let store: PostgresUserStore
  /// Statements that complete the tables when all rows are there.
  private let ending: [String]
  private var rows = CopyTable.allCases.map { (table: $0, rows: CopyRows()) }
  private var bytes = 0

  /// `store` is in a transaction that writes, and its tables are empty.
  init(_ store: PostgresUserStore, location: String, ending: [String]) {
    self.store = store
    self.location = location
    self.ending = ending
    store.beginWhole()
  }

  deinit { store.rollback() }

  func write(_ record: DirectoryRecord) throws(StoreError) {
    switch record {
    case .settings(let settings): try store.take(settings)
    case .account(let user):
      try user.withRecord { (row, record) throws(StoreError) in
        var values = Parameters()
        Columns.add(row, record, to: &values)
        store.writes.count(row, 1)
        try add(.users, values)
      }
      Failpoint.hit(.userWritten)
    case .formerRoles(let roles, let user):
      try add(.formerRoles, PostgresUserStore.values(of: roles, user))
    case .password(let password): try add(.passwords, PostgresUserStore.values(of: password))
    case .token(let token): try add(.tokens, PostgresUserStore.values(of: token))
    case .attempts(let attempts, let subject):
      try add(.attempts, PostgresUserStore.values(of: attempts, subject))
    case .answer(let answer, let key): try add(answer, key)
    case .event(let event):
      var values = Parameters()
      EventRows.add(event, to: &values)
      values.add(store.stamp)
      store.note(copied: event)
      try add(.events, values)
      Failpoint.hit(.eventWritten)
    }
  }

  private func add(_ answer: IdempotencyRecord, _ key: [UInt8]) throws(StoreError) {
    try add(.answers, PostgresUserStore.values(of: answer, key))
    for user in Set(answer.subjects.map(\.key)) {
      var values = Parameters()
      values.add(user)
      values.add(key)
      try add(.answerSubjects, values)
    }
  }

  private func add(_ table: CopyTable, _ values: Parameters) throws(StoreError) {
    for at in rows.indices where rows[at].table == table { rows[at].rows.add(values) }
    bytes += values.bytes.count
    if bytes >= Self.bytesMax { try send() }
  }

  private func send() throws(StoreError) {
    for at in rows.indices where !rows[at].rows.isEmpty {
      try store.copyIn(rows[at].table, &rows[at].rows)
    }
    bytes = 0
  }

  func finish() throws(StoreError) {
    try send()
    try store.runLong(ending)
    try store.commit()
  }
}

extension PostgresUserStore {
  /// A whole table may take long; so may reading the source, during which this connection rests.
  static func wholeLimits(restMsMax: Int) -> String {
    """
    SELECT set_config('statement_timeout', '\(longMsMax)', true),
      set_config('idle_in_transaction_session_timeout', '\(restMsMax)', true)
    """
  }

  /// Begins a store with the content of another one; the schema must hold none.
  public static func writer(
    to address: ServerAddress, grantees: [String]
  ) throws -> any DirectoryWriter {
    let store = try PostgresUserStore(unopened: address)
    do throws(StoreError) {
      try store.makeTables(DatabaseSchema.tables, grantees)
      try store.runLong([wholeLimits(restMsMax: longMsMax)])
    } catch {
      store.rollback()
      throw store.creationError(address, error)
    }
    let tables = CopyTable.allCases.map { "\(store.sql.schema).\($0.rawValue)" }
    return ServerWriter(
      store, location: address.text,
      ending: store.sql.inSchema(DatabaseSchema.indexes)
        + ["ANALYZE " + tables.joined(separator: ", ")])
  }

  /// Call this at the beginning of a transaction that writes everything anew.
  fileprivate func beginWhole() {
    writes.isAny = true
    writes.isWhole = true
    writes.hasAttempts = true
    directory?.latest = .none
    directory?.oldest = nil
    directory?.policyRevision = 0
  }

  fileprivate func note(copied event: Event) {
    directory?.latest = EventMark(seq: event.seq, at: event.at)
    if directory?.oldest == nil { directory?.oldest = event.seq }
    writes.firstEvent = event.seq
  }

  fileprivate func take(_ settings: DirectorySettings) throws(StoreError) {
    // Sequence numbers of the other feed mean nothing in this one from here on.
    var values = Parameters()
    values.add(newFeedID())
    values.add(settings.cursorKey)
    try write(recordSQL.putFeed, values)
    if settings.hasHadPolicy { try setPolicyText(settings.policyText) }
  }
}
