internal import Foundation

/// The PostgreSQL server of the tests, which `Tests/postgres.sh` starts.
public enum TestServer {
  private static let variable = "ROSTER_TEST_POSTGRES"

  /// The address of the database.
  public static func address() throws -> String {
    guard let address = ProcessInfo.processInfo.environment[variable], !address.isEmpty else {
      throw TestFailure(
        "\(variable) does not name a PostgreSQL server. Start one for the tests, and run them, with: "
          + "Tests/postgres.sh swift test")
    }
    return address
  }

  /// The address of a store that does not exist yet, in a schema of its own.
  public static func newStore() throws -> String {
    let name = UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
    let address = try address()
    return address + (address.contains("?") ? "&" : "?") + "schema=t\(name)"
  }
}
