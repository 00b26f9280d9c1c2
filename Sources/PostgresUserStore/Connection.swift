internal import CPostgres
internal import Contract
internal import Glibc
internal import Users

/// One connection to the server, used by one thread.
///
/// Statements are queued, and leave with the next trip: only a trip waits for the server, and none
/// waits longer than its deadline. After a deadline the connection is closed, because an answer that
/// came later would be taken for that of another statement.
final class Connection {
  /// After this many queued statements a trip is made, so that memory stays bounded.
  private static let queuedMax = 1000
  /// How long a trip may take, in milliseconds.
  static let tripMsMax = 10_000

  private let connector: Connector
  private var handle: OpaquePointer?
  /// The names of the statements that the server keeps for this connection, or will after the trip.
  private var prepared: Set<String> = []
  /// False behind a pooler that gives each transaction another session.
  private var keepsStatements = true
  /// Whether the connection was closed because the server did not answer in time.
  private var isSilent = false
  private var queued: [Queued] = []
  /// Whether a transaction is open that was begun by a statement.
  private var isInBlock = false
  /// Whether the search path holds for the next statement.
  private var hasPath = false
  /// The latest error that the server reported.
  private(set) var lastError: ServerError?
  /// How many times a connection was made.
  private(set) var openings = 0
  /// How many times this connection has waited for the server.
  private(set) var trips = 0

  /// A statement that has no answer yet.
  private enum Queued {
    case statement
    /// Prepares the statement of this name.
    case preparation(String)
    case path
  }

  /// Does not connect yet: the first statement does.
  init(_ address: ServerAddress, notices: @escaping (String) -> Void) throws(StoreFileError) {
    connector = try Connector(address, notices: notices)
  }

  deinit { close() }

  /// Whether there is no connection: not yet, or it was lost. The next statement makes a new one.
  var isClosed: Bool { handle == nil }

  var facts: ServerFacts? { handle.map { ServerFacts($0) } }

  func close() {
    if let handle { PQfinish(handle) }
    handle = nil
    prepared = []
    queued = []
    (isInBlock, hasPath) = (false, false)
  }

  private func opened() throws(StoreError) -> OpaquePointer {
    if let handle { return handle }
    let fresh: OpaquePointer
    do throws(StoreError) {
      fresh = try connector.connect()
    } catch {
      lastError = connector.lastError
      throw error
    }
    handle = fresh
    openings += 1
    isSilent = false
    return fresh
  }

  /// Closes the connection; returns why it was lost.
  private func lost(_ error: ServerError? = nil) -> StoreError {
    guard let handle else { return .serverFailed("the connection was lost") }
    let error = error ?? ServerError(of: handle)
    close()
    return .serverFailed("the connection was lost: \(error.message)")
  }

  // MARK: Queueing

  /// Queues a statement that the server keeps prepared.
  func queue(_ statement: Statement, _ parameters: Parameters = Parameters()) throws(StoreError) {
    let handle = try opened()
    try makeRoom()
    try inPath(statement.sql, handle) { () throws(StoreError) in
      try send(statement, .statement, parameters, handle)
    }
  }

  /// Queues a statement whose text depends on the request. The server plans it for its values.
  func queue(_ sql: String, _ parameters: Parameters = Parameters()) throws(StoreError) {
    let handle = try opened()
    try makeRoom()
    try inPath(sql, handle) { () throws(StoreError) in
      try send(sql, nil, .statement, parameters, handle)
    }
  }

  private func makeRoom() throws(StoreError) {
    if queued.count >= Self.queuedMax { try trip() }
  }

  /// Queues a BEGIN, and the search path for the transaction.
  func begin(_ begin: Statement, hasLimits: Bool) throws(StoreError) {
    let handle = try opened()
    try makeRoom()
    // Nothing may come before BEGIN, which sets the isolation level.
    try send(begin, .statement, Parameters(), handle)
    try send(hasLimits ? Statements.pathAndLimits : Statements.path, .path, Parameters(), handle)
    (isInBlock, hasPath) = (true, true)
  }

  /// Queues a statement in a transaction that has the search path: its own one if none was begun.
  private func inPath(
    _ sql: String, _ handle: OpaquePointer, _ queue: () throws(StoreError) -> Void
  ) throws(StoreError) {
    // Nothing but ROLLBACK works in a transaction that has failed.
    if !hasPath, sql != "ROLLBACK" {
      try send(Statements.path, .path, Parameters(), handle)
      hasPath = true
    }
    try queue()
    if sql == "COMMIT" || sql == "ROLLBACK" { (isInBlock, hasPath) = (false, false) }
  }

  private func send(
    _ statement: Statement, _ kind: Queued, _ parameters: Parameters, _ handle: OpaquePointer
  ) throws(StoreError) {
    guard keepsStatements else {
      return try send(statement.sql, nil, kind, parameters, handle)
    }
    if !prepared.contains(statement.name) {
      if PQsendPrepare(handle, statement.name, statement.sql, 0, nil) != 1 { throw lost() }
      prepared.insert(statement.name)
      queued.append(.preparation(statement.name))
    }
    try send(statement.sql, statement.name, kind, parameters, handle)
  }

  private func send(
    _ sql: String, _ name: String?, _ kind: Queued, _ parameters: Parameters,
    _ handle: OpaquePointer
  ) throws(StoreError) {
    let count = parameters.count
    let isQueued = parameters.bytes.withUnsafeBufferPointer { bytes in
      withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count + 1) { texts in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count + 2) { numbers in
          // An empty value needs a pointer too: a null pointer means NULL.
          let base = UnsafeRawPointer(bytes.baseAddress ?? Self.emptyText)
          for (at, span) in parameters.spans.enumerated() {
            texts[at] = span.map { (base + $0.start).assumingMemoryBound(to: CChar.self) }
            numbers[at] = Int32(span?.count ?? 0)
            numbers[count + at] = 1
          }
          let lengths = numbers.baseAddress
          let formats = lengths.map { $0 + count }
          if let name {
            return PQsendQueryPrepared(
              handle, name, Int32(count), texts.baseAddress, lengths, formats, 1)
          }
          return PQsendQueryParams(
            handle, sql, Int32(count), nil, texts.baseAddress, lengths, formats, 1)
        }
      }
    }
    if isQueued != 1 { throw lost() }
    queued.append(kind)
  }

  private static var emptyText: UnsafePointer<UInt8> {
    let text: StaticString = ""
    return text.utf8Start
  }

  // MARK: Trips

  /// Sends what is queued, waits for all answers, and returns those that have rows.
  ///
  /// After an error the server skips the statements up to the end of the trip; the first error is
  /// thrown.
  @discardableResult
  func trip(msMax: Int = tripMsMax, isCommitting: Bool = false) throws(StoreError) -> [Rows] {
    let handle = try opened()
    trips += 1
    if PQpipelineSync(handle) != 1 { throw lost() }
    let deadline = Stopwatch.nowMs + msMax
    var answer = Answer()
    var rest = queued[...]
    while !answer.isComplete {
      try awaitResult(handle, until: deadline, answer.error)
      guard let result = PQgetResult(handle) else {
        if PQstatus(handle) == CONNECTION_BAD { throw lost(answer.error) }
        continue
      }
      switch rest.popFirst() {
      case .path: _ = answer.add(result, keepsRows: false)
      case .preparation(let name):
        // A statement that was skipped or refused is not prepared.
        if !answer.add(result) { prepared.remove(name) }
      case .statement, nil: _ = answer.add(result)
      }
    }
    queued.removeAll(keepingCapacity: true)
    // After an error, a COMMIT that was queued has not ended the transaction.
    switch PQtransactionStatus(handle) {
    case PQTRANS_IDLE: isInBlock = false
    case PQTRANS_INTRANS, PQTRANS_INERROR: isInBlock = true
    default: break
    }
    hasPath = isInBlock
    if let error = answer.error {
      lastError = error
      if error.isOfPooler {
        keepsStatements = false
        throw .changed
      }
      throw error.storeError
    }
    // The server takes back a transaction that has failed, whatever it is told.
    if answer.isRolledBack, isCommitting { throw .serverFailed("the transaction was rolled back") }
    return answer.rows
  }

  /// Queues statements and makes a trip. If the connection has been lost since the last trip, both are
  /// done once more on a new one. Call this only where no transaction is open.
  func tripAnew(_ queue: () throws(StoreError) -> Void) throws(StoreError) -> [Rows] {
    let wasOpen = handle != nil
    do throws(StoreError) {
      try queue()
      return try trip()
    } catch {
      if handle != nil, error == .changed { close() }
      // A server that did not answer in time must not be asked twice.
      guard handle == nil, wasOpen, !isSilent else { throw error }
    }
    try queue()
    return try trip()
  }

  /// Waits until a result can be taken without waiting, and sends what is left to send.
  private func awaitResult(
    _ handle: OpaquePointer, until deadline: Int, _ error: ServerError?
  ) throws(StoreError) {
    while PQisBusy(handle) == 1 {
      let unsent = PQflush(handle)
      if unsent < 0 { throw lost(error) }
      let events = unsent > 0 ? POLLIN | POLLOUT : POLLIN
      guard Socket.wait(PQsocket(handle), for: events, until: deadline) else { throw silent() }
      if PQconsumeInput(handle) != 1 { throw lost(error) }
    }
  }

  /// Closes the connection, because the server did not answer in time.
  private func silent() -> StoreError {
    close()
    isSilent = true
    return .serverFailed("the server does not answer")
  }

  // MARK: Many rows

  /// How many bytes are handed to libpq at once, so that it holds little that is not sent.
  private static let copyBytesPerStep = 1 << 16

  /// Runs a `COPY … FROM STDIN` with these bytes. What is queued is sent before it, because a pipeline
  /// can't hold a COPY. It takes no longer than a trip, so the bytes should be a few MiB.
  func copyIn(_ sql: String, _ rows: [UInt8]) throws(StoreError) {
    let handle = try opened()
    if !queued.isEmpty { try trip() }
    let deadline = Stopwatch.nowMs + Self.tripMsMax
    trips += 1
    guard PQexitPipelineMode(handle) == 1, PQsendQuery(handle, sql) == 1 else { throw lost() }
    let beginning = try takeResults(handle, until: deadline)
    guard beginning.isReady else { return try endCopy(handle, beginning.error) }
    for start in stride(from: 0, to: rows.count, by: Self.copyBytesPerStep) {
      let part = rows[start..<min(start + Self.copyBytesPerStep, rows.count)]
      let isTaken = part.withUnsafeBytes { bytes in
        PQputCopyData(
          handle, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(bytes.count))
      }
      if isTaken != 1 { throw lost() }
      try send(handle, until: deadline)
    }
    if PQputCopyEnd(handle, nil) != 1 { throw lost() }
    try endCopy(handle, try takeResults(handle, until: deadline).error)
  }

  /// Takes the results of a statement outside of a pipeline, up to the last one or to the one that asks
  /// for the rows of a COPY.
  private func takeResults(
    _ handle: OpaquePointer, until deadline: Int
  ) throws(StoreError) -> (isReady: Bool, error: ServerError?) {
    var error: ServerError?
    while true {
      try awaitResult(handle, until: deadline, error)
      guard let result = PQgetResult(handle) else { break }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COPY_IN: return (true, nil)
      case PGRES_COMMAND_OK: break
      default: error = error ?? ServerError(result)
      }
    }
    if PQstatus(handle) == CONNECTION_BAD { throw lost(error) }
    return (false, error)
  }

  /// Sends what libpq holds, and reads meanwhile, so that neither side waits for the other.
  private func send(_ handle: OpaquePointer, until deadline: Int) throws(StoreError) {
    while true {
      let unsent = PQflush(handle)
      if unsent < 0 { throw lost() }
      if unsent == 0 { return }
      guard Socket.wait(PQsocket(handle), for: POLLIN | POLLOUT, until: deadline) else {
        throw silent()
      }
      if PQconsumeInput(handle) != 1 { throw lost() }
    }
  }

  private func endCopy(_ handle: OpaquePointer, _ error: ServerError?) throws(StoreError) {
    PQenterPipelineMode(handle)
    guard let error else { return }
    lastError = error
    throw error.storeError
  }
}
