internal import CPostgres
internal import Contract
internal import Users

/// An error that the server has reported for a statement.
struct ServerError {
  /// The five characters of the SQLSTATE; empty for an error of libpq itself.
  let state: String
  let message: String
  /// ERROR, WARNING or NOTICE, in English; empty for an error of libpq itself.
  let severity: String
  /// The constraint that a row violates, if any.
  let constraint: String

  init(_ result: OpaquePointer) {
    func field(_ code: Int) -> String {
      PQresultErrorField(result, Int32(code)).map { String(cString: $0) } ?? ""
    }
    state = field(roster_field_sqlstate)
    constraint = field(roster_field_constraint)
    severity = field(roster_field_severity)
    let primary = field(roster_field_message)
    message = primary.isEmpty ? Self.firstLine(PQresultErrorMessage(result)) : primary
  }

  /// What is wrong with a server that has reported no error.
  init(_ message: String) { self.init(state: "", message: message) }

  init(state: String, message: String) {
    self.state = state
    self.message = message
    constraint = ""
    severity = ""
  }

  /// The reason why a connection could not be made or was lost. In its verbose form, the text of
  /// libpq has the SQLSTATE after two spaces: `FATAL:  53300: sorry, too many clients already`.
  init(of connection: OpaquePointer) {
    let line = Self.firstLine(PQerrorMessage(connection))
    let bytes = Array(line.utf8)
    let (space, colon) = (UInt8(ascii: " "), UInt8(ascii: ":"))
    for at in bytes.indices.dropLast(8)
    where bytes[at] == space && bytes[at + 1] == space && bytes[at + 7] == colon {
      let code = bytes[(at + 2)..<(at + 7)]
      guard code.allSatisfy({ $0 < 0x60 && $0.isASCIIAlphanumeric }) else { continue }
      let message = String(decoding: bytes[...at] + bytes[(at + 8)...].dropFirst(), as: UTF8.self)
      self.init(state: String(decoding: code, as: UTF8.self), message: message)
      return
    }
    self.init(state: "", message: line)
  }

  private static func firstLine(_ text: UnsafePointer<CChar>?) -> String {
    text.map { String(cString: $0) }?.words(at: "\n").first ?? "the connection was closed"
  }

  /// Whether the server does not know a prepared statement, or knows another one by its name: a
  /// pooler has given this connection another session.
  var isOfPooler: Bool { state == "26000" || state == "42P05" }

  /// What the error means for the caller.
  var storeError: StoreError {
    switch state {
    // The lock was not free in time.
    case "55P03": .busy
    // A statement timeout, no free connection, a server that starts or stops.
    case "57014", "53300", "57P03": .serverBusy(message)
    // A conflict with another transaction, a deadlock, a unique value that is taken.
    case "40001", "40P01", "23505": .changed
    // A standby server, a missing privilege.
    case "25006", "42501": .serverReadOnly(message)
    case "53100": .full
    case "XX001", "XX002": .serverDamaged(message)
    // A missing table or schema.
    case "42P01", "3F000": .serverFailed("it holds no store: \(message)")
    case _ where state.begins(with: "42") || state.begins(with: "22"):
      .misunderstood("\(message) (SQLSTATE \(state))")
    case "": .serverFailed(message)
    default: .serverFailed("\(message) (SQLSTATE \(state))")
    }
  }
}
