internal import Contract
internal import Users

extension PostgresUserStore {
  /// Why the store can't be opened or made, and what the operator can do. `cause` is the server's or
  /// libpq's error.
  static func openingError(
    _ address: ServerAddress, _ error: StoreError, _ cause: ServerError?
  ) -> StoreFileError {
    let said = cause?.message ?? ""
    return switch cause?.state {
    case "42P01", "3F000":
      StoreFileError(
        address.text, "holds no store in the schema \(address.schema)",
        """
        Check the schema's name. A role that may create schemas makes a new store with: roster init \
        --store \(ShellWord.quoted(address.text)) --owner EMAIL --grant ROLE, where ROLE is the one \
        that serves.
        """)
    case "42501":
      StoreFileError(
        address.text, "can't be used by this role: \(said)",
        said.words(at: " ").contains("database")
          ? "An administrator runs: GRANT CONNECT ON DATABASE NAME TO ROLE"
          : """
          The owner of the store runs: GRANT USAGE ON SCHEMA \(address.schema) TO ROLE, and GRANT \
          SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(address.schema) TO ROLE
          """)
    case "3D000":
      StoreFileError(
        address.text, "names no database: \(said)", "Create it, or name another one.")
    case "53300":
      StoreFileError(
        address.text, "has no connection left: \(said)",
        """
        End programs that use it, or raise max_connections or the limit of the role (ALTER ROLE … \
        CONNECTION LIMIT).
        """)
    case let state? where state.begins(with: "28"):
      StoreFileError(address.text, "refuses the user: \(said)", refusalRemedy(said))
    default:
      problem(of: address, said)
        ?? StoreFileError(
          address.text, "can't be opened. \(error.failure.message)", "\(error.failure.hint.text)")
    }
  }

  /// What helps where the server does not let the user in.
  private static func refusalRemedy(_ message: String) -> Notice {
    let words = Set(message.words(at: " "))
    if words.contains("pg_hba.conf") {
      return """
        Check the user and the database in the address. If they are right, add a line for them and \
        this machine to pg_hba.conf on the server, and reload it (SELECT pg_reload_conf()).
        """
    }
    if words.contains("certificate") {
      return "Name a certificate for this user and its key with sslcert=FILE and sslkey=FILE."
    }
    if words.contains("Peer") || words.contains("Ident") {
      return """
        Run Roster as the operating system's user of this name, or change the method of the line in \
        pg_hba.conf on the server.
        """
    }
    return "Check the user, and the password file (PGPASSFILE) or service file."
  }

  /// The problem that a message of libpq or of `Connector` tells about, which has no SQLSTATE.
  private static func problem(of address: ServerAddress, _ message: String) -> StoreFileError? {
    let words = Set(message.words(at: " "))
    func has(_ all: String...) -> Bool { words.isSuperset(of: all) }
    if has("certificate", "match", "host", "name") {
      return StoreFileError(
        address.text, "can't be trusted: \(message)",
        """
        Use a name of the certificate as the host in --store, or give the server a certificate that \
        holds this name.
        """)
    }
    if has("alert", "certificate") || has("certificate", "file"), !words.contains("root") {
      return StoreFileError(
        address.text, "does not take this client's certificate: \(message)",
        "Name a certificate for this user and its key with sslcert=FILE and sslkey=FILE.")
    }
    if has("private", "key", "file") {
      return StoreFileError(
        address.text, "can't be opened: \(message)",
        "Correct the file that sslkey names, or its mode: chmod 600 FILE")
    }
    if has("certificate") {
      return StoreFileError(
        address.text, "can't be trusted: \(message)",
        "Name the file of the certificate authority with sslrootcert=FILE in --store.")
    }
    if has("no", "password") {
      return StoreFileError(
        address.text, "asks for a password, and none was found",
        """
        Add it to the password file as the line HOST:PORT:DATABASE:USER:PASSWORD, with the names of the \
        address; only its owner may read the file (chmod 600). That is the file of passfile=FILE in \
        --store, else of PGPASSFILE, else .pgpass in the home folder.
        """)
    }
    if has("invalid", "value:") || has("service", "not", "found") || has("service", "file") {
      return StoreFileError(
        address.text, "can't be opened: \(message)",
        "Correct it in --store, in the environment (PG…), or in the service file (PGSERVICEFILE).")
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
