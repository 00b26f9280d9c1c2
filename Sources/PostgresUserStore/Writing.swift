public import Users

extension PostgresUserStore {
  public func insert(_ user: PackedUser) throws(StoreError) {
    if writes.freeKey != user.id.key, try isTaken(user.id.key) { throw .idTaken }
    writes.freeKey = nil
    try write(userSQL.insertUser, user)
    Failpoint.hit(.userWritten)
  }

  /// Queues a statement that leaves this account in the table.
  private func write(_ statement: Statement, _ user: PackedUser) throws(StoreError) {
    try user.withRecord { (row, record) throws(StoreError) in
      foresight.willWrite(row)
      var values = Parameters()
      Columns.add(row, record, to: &values)
      try write(statement, values)
      writes.count(row, 1)
    }
  }

  private func isTaken(_ key: Int64) throws(StoreError) -> Bool {
    var values = Parameters()
    values.add(key)
    return try fetchChecked(userSQL.keyIsTaken, values).count > 0
  }

  public func replace(_ old: PackedUser, with new: PackedUser) throws(StoreError) {
    didChange()
    try write(userSQL.updateUser, new)
    old.withRow { row in
      foresight.willWrite(row)
      writes.count(row, -1)
    }
    Failpoint.hit(.userWritten)
  }

  public func remove(_ user: PackedUser) throws(StoreError) {
    didChange()
    try write(userSQL.removeUser, user.id.key)
    user.withRow { row in
      foresight.willWrite(row)
      writes.count(row, -1)
    }
    Failpoint.hit(.userWritten)
  }

  /// Queues a statement that writes.
  func write(_ statement: Statement, _ parameters: Parameters) throws(StoreError) {
    writes.isAny = true
    try queue(statement, parameters)
  }

  /// The same with a number as the only parameter.
  func write(_ statement: Statement, _ number: Int64) throws(StoreError) {
    var values = Parameters()
    values.add(number)
    try write(statement, values)
  }
}
