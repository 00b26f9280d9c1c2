import Contract

/// Reads the address of a store on a database server: `postgres://HOST/DATABASE?schema=NAME` or
/// `service:NAME?schema=NAME`.
enum ServerLocation {
  private static let starts = ["postgres://", "postgresql://", "service:"]
  /// The parameters of libpq that hold a password.
  private static let secrets = ["password", "sslpassword"]

  /// Whether a value of `--store` means a store on a database server.
  static func isServer(_ value: String) -> Bool { starts.contains(where: value.begins) }

  /// Refuses an address that holds a password: every user of the machine sees it in the list of
  /// processes.
  static func check(_ value: String, of option: String) throws {
    let parts = value.parts(at: "?", countMax: 2)
    let names = (parts.count > 1 ? parts[1].parts(at: "&") : []).map { parameter in
      parameter.parts(at: "=", countMax: 2)[0].percentDecoded
    }
    if names.contains(where: secrets.contains) || holdsPassword(parts[0]) {
      throw UsageError(
        """
        \(option) must not hold a password, because other users of the machine can see it
        Keep it in a password file (PGPASSFILE) or in a service file.
        """)
    }
  }

  /// Whether the user before the host has a password: `postgres://USER:PASSWORD@HOST`.
  private static func holdsPassword(_ start: String) -> Bool {
    guard !start.begins(with: "service:") else { return false }
    let authority = start.parts(at: "/").dropFirst(2).first ?? ""
    let parts = authority.parts(at: "@")
    return parts.count > 1 && parts.dropLast().joined(separator: "@").holds(":")
  }

  /// Adds the name of a schema.
  static func adding(schema: String, to value: String) throws -> String {
    let parts = value.parts(at: "?", countMax: 2)
    if parts.count > 1, parts[1].parts(at: "&").contains(where: { $0.begins(with: "schema=") }) {
      throw UsageError("the schema is given twice: leave out --schema, or schema= in --store")
    }
    return value + (parts.count > 1 ? "&" : "?") + "schema=" + encoded(schema)
  }

  /// Refuses what is not the name of one role.
  static func role(_ name: String) throws -> String {
    if name.isEmpty { throw UsageError("--grant needs the name of a role") }
    if name == "public" {
      throw UsageError("--grant public would open the store to every role of the server")
    }
    return name
  }

  private static func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      if byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_") {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        out += "%" + String(repeating: "0", count: 2 - digits.utf8.count) + digits
      }
    }
    return out
  }
}
