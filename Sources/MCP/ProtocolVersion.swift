enum ProtocolVersion {
  /// Revisions that begin with `initialize`.
  static let initialized = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
  /// The initialized revisions in which a server may ask a person by a request.
  static let eliciting = ["2025-06-18", "2025-11-25"]
  /// The revision for clients that ask for one that is not listed.
  static let latest = "2025-11-25"
  /// Revisions that each request names for itself.
  static let stateless = ["2026-07-28"]
}
