internal import CPostgres
internal import Contract
internal import Glibc
public import Users

/// The address of a store on a PostgreSQL server: `postgres://HOST/DATABASE?schema=NAME` or
/// `service:NAME?schema=NAME`. All parameters except `schema` are libpq's own.
public struct ServerAddress {
  /// As it was given. It holds no password.
  public let text: String
  /// The connection string for libpq.
  let connectionString: String
  /// The schema that holds the tables.
  let schema: String

  public static let schemaStandard = "roster"
  /// A longer identifier is shortened by PostgreSQL, so that two names could mean one schema.
  private static let schemaBytesMax = 63

  public init(_ text: String) throws(StoreFileError) {
    self.text = text
    let parts = text.parts(at: "?", countMax: 2)
    let parameters = parts.count > 1 ? parts[1].parts(at: "&") : []
    let others = parameters.filter { !$0.begins(with: "schema=") }
    let rest = others.isEmpty ? "" : "?" + others.joined(separator: "&")
    if let service = parts[0].behind("service:") {
      guard !service.isEmpty, rest.isEmpty else {
        throw StoreFileError(
          text, "is not the address of a store", "Use service:NAME or service:NAME?schema=NAME.")
      }
      let quoted = service.replacingScalar("\\", by: "\\\\").replacingScalar("'", by: "\\'")
      connectionString = "service='\(quoted)'"
    } else {
      connectionString = parts[0] + rest
    }
    let named = parameters.compactMap { $0.behind("schema=") }
    schema = named.last.map(\.percentDecoded) ?? Self.schemaStandard
    guard !schema.isEmpty, schema.utf8.count <= Self.schemaBytesMax, !schema.utf8.contains(0),
      !schema.begins(with: "pg_"), named.count < 2
    else {
      throw StoreFileError(
        text, "does not name a schema",
        "A schema's name has 1 to \(Self.schemaBytesMax) bytes and does not begin with pg_.")
    }
  }

  /// The schema as it stands in statements: quoted, so that any name is one identifier.
  var quotedSchema: String { "\"" + schema.replacingScalar("\"", by: "\"\"") + "\"" }

  /// The parameters that the connection string itself gives, without those of files and the
  /// environment.
  func parameters() throws(StoreFileError) -> [String: String] {
    var problem: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(connectionString, &problem) else {
      let message = problem.map { String(cString: $0) } ?? "out of memory"
      PQfreemem(problem)
      throw StoreFileError(
        text, "is not an address that libpq understands: \(message.words(at: "\n").first ?? "")",
        "Use postgres://HOST/DATABASE or service:NAME.")
    }
    defer { PQconninfoFree(options) }
    let parameters = Self.dictionary(options)
    if parameters["password"] != nil || parameters["sslpassword"] != nil {
      throw StoreFileError(
        text, "holds a password, which other users of the machine could see",
        "Keep it in a password file (PGPASSFILE) or a service file.")
    }
    return parameters
  }

  /// The values in a list of libpq; parameters without a value are left out.
  static func dictionary(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
    var values: [String: String] = [:]
    var at = options
    while let name = at.pointee.keyword {
      if let value = at.pointee.val { values[String(cString: name)] = String(cString: value) }
      at += 1
    }
    return values
  }
}
