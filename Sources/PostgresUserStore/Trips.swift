internal import Users

extension PostgresUserStore {
  /// Fetches the rows of a statement that does not bring the revision itself.
  func fetchChecked(_ queue: () throws(StoreError) -> Void) throws(StoreError) -> Rows {
    let answers = try fetch { () throws(StoreError) in
      try queue()
      if !isInTransaction { try connection.queue(sql.look) }
    }
    guard answers.count == (isInTransaction ? 1 : 2) else {
      throw .serverFailed("it gave no answer")
    }
    if isInTransaction { return answers[0] }
    let before = directory?.revision
    try note(Directory(answers[1]))
    if before != directory?.revision { throw .changed }
    return answers[0]
  }

  func fetchChecked(
    _ statement: Statement, _ parameters: Parameters
  ) throws(StoreError) -> Rows {
    try fetchChecked { () throws(StoreError) in try connection.queue(statement, parameters) }
  }

  // MARK: Pending changes

  /// Queues pending changes.
  func flush() throws(StoreError) {
    for (key, change) in writes.counts where change != 0 {
      var values = Parameters()
      values.add(key.scope)
      values.add(Int64(key.flags))
      values.add(change)
      try queue(userSQL.addToCount, values)
    }
    writes.counts.removeAll(keepingCapacity: true)
    try rewriteAnswers()
  }
}
