internal import Users

extension PostgresUserStore {
  // MARK: Statements

  func queue(_ statement: Statement, _ parameters: Parameters) throws(StoreError) {
    try guarded { () throws(StoreError) in try connection.queue(statement, parameters) }
  }

  func queue(_ statement: String) throws(StoreError) {
    try guarded { () throws(StoreError) in try connection.queue(statement) }
  }

  /// Writes many rows at once.
  func copyIn(_ table: CopyTable, _ rows: inout CopyRows) throws(StoreError) {
    let bytes = rows.take()
    try guarded { () throws(StoreError) in
      try connection.copyIn(table.statement(sql.schema), bytes)
    }
  }

  /// Queues statements that may take long, and waits for them.
  func runLong(_ statements: [String]) throws(StoreError) {
    try guarded { () throws(StoreError) in
      for statement in statements { try connection.queue(statement) }
      try connection.trip(msMax: Self.longMsMax)
    }
  }

  /// Runs a part of the transaction that writes. After an error the transaction is over: nothing more
  /// may reach the server, which would keep it on its own.
  private func guarded<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
    if let failure { throw failure }
    do throws(StoreError) {
      return try body()
    } catch {
      // Before COMMIT was sent, nothing is kept, and all can be done anew.
      failure = connection.isClosed ? .changed : error
      throw failure ?? error
    }
  }

  /// Makes a trip, and returns the answers that have rows. Outside of a transaction on the server, a
  /// lost connection is made anew.
  func fetch(_ queue: () throws(StoreError) -> Void) throws(StoreError) -> [Rows] {
    guard isInTransaction else { return try connection.tripAnew(queue) }
    if isSteady {
      try queue()
      return try connection.trip()
    }
    return try guarded { () throws(StoreError) in
      try queue()
      return try connection.trip()
    }
  }

  /// Fetches the rows of statements that do not bring the revision themselves.
  func fetchAllChecked(
    _ count: Int, _ queue: () throws(StoreError) -> Void
  ) throws(StoreError) -> ArraySlice<Rows> {
    let answers = try fetch { () throws(StoreError) in
      try queue()
      if !isInTransaction { try connection.queue(sql.look) }
    }
    guard answers.count == (isInTransaction ? count : count + 1) else {
      throw .serverFailed("it gave no answer")
    }
    if isInTransaction { return answers[...] }
    let before = revision
    try note(Directory(answers[count]))
    if before != revision { throw .changed }
    return answers[..<count]
  }

  func fetchChecked(_ queue: () throws(StoreError) -> Void) throws(StoreError) -> Rows {
    try fetchAllChecked(1, queue)[0]
  }

  func fetchChecked(
    _ statement: Statement, _ parameters: Parameters
  ) throws(StoreError) -> Rows {
    try fetchChecked { () throws(StoreError) in try connection.queue(statement, parameters) }
  }

  // MARK: Pending changes

  /// Queues pending changes.
  func flush() throws(StoreError) {
    let counts = writes.counts.filter { $0.value != 0 }
    writes.counts.removeAll(keepingCapacity: true)
    if !counts.isEmpty {
      var values = Parameters()
      values.add(counts.keys.map(\.scope))
      values.add(counts.keys.map { Int64($0.flags) })
      values.add(Array(counts.values))
      try queue(userSQL.addToCounts, values)
    }
    try rewriteAnswers()
  }
}
