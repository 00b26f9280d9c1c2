import Contract
import Users

extension Option {
  /// Options for the maintenance of a store.
  static let maintaining = [
    Option(
      "--yes", of: [.restore, .call], "do not ask",
      details: "roster restore requires it where it can't ask."
    ) { $0.isAgreed = true },
    Option(
      "--keep-tokens", of: [.restore],
      "keep all API tokens of the backup, including revoked ones",
      details: "Without it, a token of the backup stays only if the store still has it."
    ) { $0.keepsTokens = true },
    Option(
      "--before", takes: "TIME", .text, of: [.events], forms: ["prune"], isRequired: true,
      "remove events before this time: 2026-01-31, or 2026-01-31T08:00:00Z",
      details: "A day begins at midnight in UTC."
    ) { $0.before = try time($1, "--before") },
    Option(
      "--json", of: [.doctor], #"{"ok":…,"checks":[{"name","status","detail","remedy"?}…]}"#,
      details: "Prints all checks at the end, for programs. status is ok, warn or fail."
    ) { $0.isJSON = true },
  ]

  /// A time, or a date, which means its first moment in UTC.
  private static func time(_ value: String, _ option: String) throws -> Timestamp {
    if let time = Timestamp(value) ?? Timestamp(value + "T00:00:00Z") { return time }
    throw UsageError("\(option) needs a day or a time, such as 2026-01-31 or 2026-01-31T08:00:00Z")
  }
}
