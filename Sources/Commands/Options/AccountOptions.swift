import Contract

extension Option {
  /// The first account of a store.
  static let initializing = [
    Option(
      "--owner", takes: "EMAIL", .text, of: [.initialize], isRequired: true,
      "the first account, which owns the store", details: ""
    ) { $0.owner = $1 },
    Option(
      "--name", takes: "NAME", .text, of: [.initialize],
      "its name (the part of the email before the @)", details: ""
    ) { $0.name = $1 },
  ]

  /// API tokens.
  static let tokens = [
    Option(
      "--name", takes: "NAME", .text, of: [.token], forms: ["create"], isRequired: true,
      "what it is for", details: "For people who look through the list."
    ) { $0.name = $1 },
    Option(
      "--user", takes: "EMAIL-or-ID", .text, of: [.token], "whose token (the caller's)",
      details: "The caller has to hold all that this account may do."
    ) { $0.user = $1 },
    Option(
      "--scopes", takes: "CAP,…", capabilities, of: [.token], forms: ["create"],
      "narrows it to these capabilities", details: capabilityList
    ) { $0.scopes = try capabilities(in: $1).map(\.rawValue).sorted() },
    Option(
      "--days", takes: "N", .text, of: [.token], forms: ["create"],
      "for how long it is good: 1 to 365 (90)",
      details: "roster token revoke ends it at once."
    ) { $0.days = try number($1, "--days") },
  ]

  private static func number(_ value: String, _ option: String) throws -> Int {
    guard let number = Int(value) else { throw UsageError("\(option) is a number, not \(value)") }
    return number
  }
}
