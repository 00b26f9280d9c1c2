internal import CPostgres

/// What the server has answered to one trip so far.
struct Answer {
  /// The answers that have rows, or could have.
  private(set) var rows: [Rows] = []
  /// The first error; statements after it were skipped.
  private(set) var error: ServerError?
  /// Whether the last statement of the trip is answered.
  private(set) var isComplete = false
  /// Whether the last command was a rollback: so is a COMMIT of a transaction that has failed.
  private(set) var isRolledBack = false

  /// Takes the ownership of a result; returns whether its statement succeeded.
  mutating func add(_ result: OpaquePointer, keepsRows: Bool = true) -> Bool {
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK:
      if keepsRows { rows.append(Rows(result)) } else { PQclear(result) }
      return true
    case PGRES_COMMAND_OK:
      isRolledBack = PQcmdStatus(result).map { String(cString: $0) } == "ROLLBACK"
      PQclear(result)
      return true
    case PGRES_PIPELINE_SYNC: isComplete = true
    case PGRES_PIPELINE_ABORTED: break
    default: if error == nil { error = ServerError(result) }
    }
    PQclear(result)
    return false
  }
}
