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

  /// The parameters of libpq that name a file.
  private static let files = [
    "passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir",
  ]

  /// Expands `~/` at the start of the files that an address names, as in other paths.
  static func expandingFiles(in value: String) throws -> String {
    let parts = value.parts(at: "?", countMax: 2)
    if parts.count < 2 { return value }
    let parameters = try parts[1].parts(at: "&").map { parameter in
      let halves = parameter.parts(at: "=", countMax: 2)
      guard halves.count == 2, files.contains(halves[0]), halves[1].begins(with: "~/") else {
        return parameter
      }
      return halves[0] + "=" + encoded(try Launch.path("~"), keeping: "_-./")
        + (halves[1].behind("~") ?? "")
    }
    return parts[0] + "?" + parameters.joined(separator: "&")
  }

  /// The same address for another role, if it names one.
  static func replacingRole(of value: String, by role: String) -> String? {
    var halves = value.parts(at: "?", countMax: 2)
    var parameters = halves.count > 1 ? halves[1].parts(at: "&") : []
    if let at = parameters.firstIndex(where: { $0.begins(with: "user=") }) {
      parameters[at] = "user=" + encoded(role)
      halves[1] = parameters.joined(separator: "&")
      return halves.joined(separator: "?")
    }
    var parts = halves[0].parts(at: "/", countMax: 4)
    guard parts.count > 2, !value.begins(with: "service:") else { return nil }
    let authority = parts[2].parts(at: "@", countMax: 2)
    guard authority.count == 2 else { return nil }
    parts[2] = encoded(role) + "@" + authority[1]
    halves[0] = parts.joined(separator: "/")
    return halves.joined(separator: "?")
  }

  /// Refuses what is not the name of one role.
  static func role(_ name: String) throws -> String {
    if name.isEmpty { throw UsageError("--grant needs the name of a role") }
    if name == "public" {
      throw UsageError("--grant public would open the store to every role of the server")
    }
    return name
  }

  /// Percent-encodes all but letters and digits of ASCII and the bytes of `kept`.
  private static func encoded(_ text: String, keeping kept: String = "_") -> String {
    var out = ""
    for byte in text.utf8 {
      if byte.isASCIIAlphanumeric || kept.utf8.contains(byte) {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        out += "%" + String(repeating: "0", count: 2 - digits.utf8.count) + digits
      }
    }
    return out
  }
}
