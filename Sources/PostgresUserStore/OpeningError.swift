internal import Contract
internal import Users

extension PostgresUserStore {
  /// Why the store can't be opened or made, and what the operator can do. `cause` is the server's or
  /// libpq's error.
  static func openingError(
    _ address: ServerAddress, _ error: StoreError, _ cause: ServerError?
  ) -> StoreFileError {
    switch cause?.state {
    case "42P01", "3F000":
      StoreFileError(
        address.text, "holds no store in the schema \(address.schema)",
        "Create one with: roster init --store \(address.text)")
    case "42501":
      StoreFileError(
        address.text, "can't be read by this role: \(cause?.message ?? "")",
        """
        The owner of the store runs: GRANT USAGE ON SCHEMA \(address.schema) TO ROLE, and GRANT SELECT, \
        INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(address.schema) TO ROLE
        """)
    case "3D000":
      StoreFileError(
        address.text, "names no database: \(cause?.message ?? "")",
        "Create it, or name another one.")
    case let state? where state.begins(with: "28"):
      StoreFileError(
        address.text, "refuses the user: \(cause?.message ?? "")",
        "Check the user, and the password file (PGPASSFILE) or service file.")
    default:
      cause.flatMap { problem(of: address, $0.message) }
        ?? StoreFileError(
          address.text, "can't be opened. \(error.failure.message)", "\(error.failure.hint.text)")
    }
  }

  /// The problem that a message of libpq or of `Connector` tells about, which has no SQLSTATE.
  private static func problem(of address: ServerAddress, _ message: String) -> StoreFileError? {
    let words = Set(message.words(at: " "))
    func has(_ all: String...) -> Bool { words.isSuperset(of: all) }
    if has("certificate") {
      return StoreFileError(
        address.text, "can't be trusted: \(message)",
        "Name the file of the certificate authority with sslrootcert=FILE in --store.")
    }
    if has("no", "password") {
      return StoreFileError(
        address.text, "asks for a password, and none was given",
        """
        Put it into a password file (PGPASSFILE, else .pgpass in the home folder, readable by its \
        owner alone) or into a service file.
        """)
    }
    if has("support", "SSL") {
      return StoreFileError(
        address.text, "offers no TLS: \(message)",
        """
        Turn on ssl at the server; only where nobody else can read along, add sslmode=disable to \
        --store.
        """)
    }
    if has("encoding") {
      return StoreFileError(
        address.text, "can't hold every text: \(message)",
        "Use a database that was created with: CREATE DATABASE NAME ENCODING 'UTF8' TEMPLATE template0"
      )
    }
    if has("needs", "PostgreSQL") {
      return StoreFileError(
        address.text, "is on a server that is too old: \(message)", "Use a newer server.")
    }
    return nil
  }
}
