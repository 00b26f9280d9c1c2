import Contract

extension Option {
  /// Options for the first account of a store.
  static let initializing = [
    Option(
      "--owner", takes: "EMAIL", .text, of: [.initialize], isRequired: true,
      "the first account, which owns the store", details: ""
    ) { $0.owner = $1 },
    Option(
      "--name", takes: "NAME", .text, of: [.initialize],
      "its name (default: the part of the email before the @)", details: ""
    ) { $0.name = $1 },
    Option(
      "--schema", takes: "NAME", .text, of: [.initialize],
      "schema of a store on a database server (default: roster)",
      details: "The same as schema=NAME among the parameters of --store, which all commands take."
    ) { $0.schema = $1 },
    Option(
      "--grant", takes: "ROLE", .text, of: [.initialize, .copy],
      "role that may use a new store on a database server",
      details: """
        The role may read and write the tables, and not change them. Repeat the option for each role.
        """
    ) { $0.grantees.append(try ServerLocation.role($1)) },
  ]

  /// Options for API tokens.
  static let tokens = [
    Option(
      "--name", takes: "NAME", .text, of: [.token], forms: ["create"], isRequired: true,
      "name of the token", details: "For people who read the list."
    ) { $0.name = $1 },
    Option(
      "--user", takes: "EMAIL-or-ID", .text, of: [.token],
      "account of the token (default: the caller)",
      details: "The caller must hold every capability of this account."
    ) { $0.user = $1 },
    Option(
      "--scopes", takes: "CAP,…", capabilities, of: [.token], forms: ["create"],
      "limits the token to these capabilities", details: capabilityList
    ) { $0.scopes = try capabilities(in: $1).map(\.rawValue).sorted() },
    Option(
      "--days", takes: "N", .text, of: [.token], forms: ["create", "rotate"],
      "days until the token expires: 1 to 365 (default 90)",
      details: "roster token revoke ends it at once."
    ) { $0.days = try number($1, "--days") },
  ]

  private static func number(_ value: String, _ option: String) throws -> Int {
    guard let number = Int(value) else { throw UsageError("\(option) is a number, not \(value)") }
    return number
  }
}
