import Contract
import Foundation
import TestSupport
import Testing
import Users

@testable import PostgresUserStore

/// A store on a server that can't be opened: the error says what to change.
@Suite struct OpeningTests {
  private func problem(_ address: String) throws -> String {
    let error = try #require(throws: StoreFileError.self) {
      try PostgresUserStore(ServerAddress(address))
    }
    return error.description
  }

  /// The address of the tests' server over TCP, with this database.
  private func address(_ database: String, _ options: String) throws -> String {
    let port = try #require(ProcessInfo.processInfo.environment["PGPORT"])
    return "postgres://roster@127.0.0.1:\(port)/\(database)?\(options)"
  }

  @Test("A server without TLS that must have it is told to have none") func tls() throws {
    let problem = try problem(address("postgres", "sslmode=require"))
    #expect(problem.contains("offers no TLS") && problem.contains("sslmode=disable"))
  }

  @Test("A database that can't hold every text is refused with the statement that makes one")
  func encoding() throws {
    let name = "ascii\(UUID().uuidString.prefix(8).lowercased())"
    try createDatabase(name, "--encoding=SQL_ASCII", "--template=template0")
    let problem = try problem(address(name, "schema=s"))
    #expect(problem.contains("SQL_ASCII") && problem.contains("ENCODING 'UTF8'"))
  }

  /// A statement for this can't run in the pipeline that a connection of Roster is in.
  private func createDatabase(_ name: String, _ options: String...) throws {
    let command = Process()
    command.executableURL = URL(filePath: "/usr/bin/env")
    command.arguments =
      ["createdb", "--maintenance-db", try TestServer.address()] + options + [name]
    try command.run()
    command.waitUntilExit()
    #expect(command.terminationStatus == 0)
  }

  @Test("A server that asks for a password is not taken for a broken network")
  func password() throws {
    let listener = try Listener()
    let served = Thread { listener.askForPassword() }
    served.start()
    let problem = try problem("postgres://roster@127.0.0.1:\(listener.port)/postgres")
    #expect(problem.contains("asks for a password") && problem.contains("PGPASSFILE"), "\(problem)")
  }

  /// SQLSTATE and message as PostgreSQL 15 and its libpq word them, and what the remedy names.
  static let refusals: [(state: String, message: String, remedy: String)] = [
    ("28000", "FATAL: no pg_hba.conf entry for host \"10.0.0.2\", user \"a\"", "pg_reload_conf"),
    ("28000", "FATAL: pg_hba.conf rejects connection for host \"10.0.0.2\"", "pg_reload_conf"),
    ("28000", "FATAL: connection requires a valid client certificate", "sslcert=FILE"),
    ("28000", "FATAL: Peer authentication failed for user \"a\"", "operating system's user"),
    ("28P01", "FATAL: password authentication failed for user \"a\"", "PGPASSFILE"),
    ("42501", "FATAL: permission denied for database \"directory\"", "GRANT CONNECT ON DATABASE"),
    ("42501", "ERROR: permission denied for schema roster", "GRANT USAGE ON SCHEMA roster"),
    ("42501", "ERROR: permission denied for table users", "ON ALL TABLES IN SCHEMA roster"),
    ("42P01", "ERROR: relation \"roster.directory\" does not exist", "--grant ROLE"),
    ("3D000", "FATAL: database \"x\" does not exist", "Create it"),
    ("53300", "FATAL: too many connections for role \"a\"", "CONNECTION LIMIT"),
    ("53300", "FATAL: sorry, too many clients already", "max_connections"),
    (
      "", "server certificate for \"b\" (and 1 other name) does not match host name \"10.0.0.1\"",
      "a name of the certificate"
    ),
    ("", "SSL error: certificate verify failed", "sslrootcert=FILE"),
    ("", "SSL error: sslv3 alert certificate expired", "sslcert=FILE"),
    ("", "could not read certificate file \"c\": no start line", "sslcert=FILE"),
    ("", "root certificate file \"/root.crt\" does not exist", "sslrootcert=FILE"),
    ("", "private key file \"k\" has group or world access; file must have", "chmod 600"),
    ("", "fe_sendauth: no password supplied", "PGPASSFILE"),
    ("", "server does not support SSL, but SSL was required", "sslmode=disable"),
    ("", "invalid sslmode value: \"nope\"", "in --store"),
    ("", "definition of service \"x\" not found", "PGSERVICEFILE"),
    ("", "connection to server at \"h\", port 1 failed: Connection refused", "network"),
  ]

  @Test("Each refusal of a server has its own remedy", arguments: refusals)
  func refusal(_ each: (state: String, message: String, remedy: String)) throws {
    let cause = ServerError(state: each.state, message: each.message)
    let address = try ServerAddress("postgres://a@h/directory?sslrootcert=b")
    let error = PostgresUserStore.openingError(address, cause.storeError, cause)
    #expect(error.remedy.text.contains(each.remedy), "\(error)")
    #expect(
      error.problem.text.contains(each.message) || each.remedy == "--grant ROLE"
        || each.remedy == "PGPASSFILE", "\(error)")
    // A shell takes an address with & apart unless it is quoted.
    if error.remedy.text.contains("postgres://") {
      #expect(error.remedy.text.contains("'postgres://"), "\(error)")
    }
  }

  /// Lists of hosts, PORT standing for the port of the tests' server. libpq takes an empty port for its
  /// default, here that of PGPORT, and an empty address for the name.
  static let lists = [
    "127.0.0.1,127.0.0.1/postgres", "127.0.0.1:1,127.0.0.1/postgres",
    "127.0.0.1:PORT,127.0.0.1/postgres", "127.0.0.1:1,127.0.0.1:PORT/postgres",
    "127.0.0.1:PORT,127.0.0.1:PORT/postgres?hostaddr=127.0.0.1,",
    "127.0.0.1:1,127.0.0.1:PORT/postgres?hostaddr=,127.0.0.1",
    "/postgres?host=127.0.0.1,127.0.0.1&port=1,PORT",
  ]

  @Test("Every list of hosts leads to the one that answers", arguments: lists)
  func hosts(_ list: String) throws {
    let port = try #require(ProcessInfo.processInfo.environment["PGPORT"])
    let address =
      "postgres://" + (list.hasPrefix("/") ? "" : "roster@")
      + list.replacingOccurrences(of: "PORT", with: port)
    let mark = address.contains("?") ? "&" : "?"
    let user = list.hasPrefix("/") ? "user=roster&" : ""
    // The server answers, and the schema holds no store.
    #expect(try problem(address + mark + user + "schema=nowhere").contains("holds no store"))
  }

  @Test("A server that does not answer is a matter of the network") func closed() throws {
    let port = try Listener().port
    let problem = try problem("postgres://roster@127.0.0.1:\(port)/postgres")
    #expect(problem.contains("the network to it"), "\(problem)")
  }
}

/// A port of this machine, and a server that asks for passwords. The port is closed at the end.
private final class Listener: Sendable {
  private let socket: Int32
  let port: UInt16

  init() throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let isBound = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, size) == 0 && listen(socket, 4) == 0
          && getsockname(socket, address, &size) == 0
      }
    }
    guard isBound else { throw TestFailure("no port: errno \(errno)") }
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(socket) }

  /// Refuses TLS, then asks each client for its password in plain text.
  func askForPassword() {
    while true {
      let client = accept(socket, nil, nil)
      if client < 0 { return }
      var buffer = [UInt8](repeating: 0, count: 1024)
      if read(client, &buffer, 8) == 8, buffer[4...7] == [4, 210, 22, 47] {
        _ = write(client, "N", 1)
        _ = read(client, &buffer, 1024)
      }
      _ = write(client, [UInt8(ascii: "R"), 0, 0, 0, 8, 0, 0, 0, 3], 9)
      _ = read(client, &buffer, 1024)
      close(client)
    }
  }
}
