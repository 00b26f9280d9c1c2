import Contract
import Users

extension Option {
  /// What looks after a store.
  static let maintaining = [
    Option(
      "--yes", of: [.restore], "do not ask",
      details: "Where nobody can be asked, restoring needs it."
    ) { $0.isAgreed = true },
    Option(
      "--keep-tokens", of: [.restore],
      "keep all API tokens of the backup, also those revoked since",
      details: "Otherwise a token of the backup stays only if the store still has it."
    ) { $0.keepsTokens = true },
    Option(
      "--before", takes: "TIME", .text, of: [.events], forms: ["prune"], isRequired: true,
      "events that happened before it go: 2026-01-31, or 2026-01-31T08:00:00Z",
      details: "A day begins at midnight in UTC."
    ) { $0.before = try time($1, "--before") },
    Option(
      "--json", of: [.doctor], #"{"ok":…,"checks":[{"name","status","detail","remedy"?}…]}"#,
      details: "All checks at the end, for programs. status is ok, warn or fail."
    ) { $0.isJSON = true },
  ]

  /// A moment, or the day that begins with it.
  private static func time(_ value: String, _ option: String) throws -> Timestamp {
    if let time = Timestamp(value) ?? Timestamp(value + "T00:00:00Z") { return time }
    throw UsageError("\(option) is a day or a time, such as 2026-01-31 or 2026-01-31T08:00:00Z")
  }
}
