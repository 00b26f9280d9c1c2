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
