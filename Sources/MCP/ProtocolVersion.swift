enum ProtocolVersion {
  /// Those that begin with `initialize`.
  static let initialized = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
  /// Those of them in which a server may ask a person by a request.
  static let eliciting = ["2025-06-18", "2025-11-25"]
  /// What a client gets that asks for one which is not among them.
  static let latest = "2025-11-25"
  /// Those that a request names for itself.
  static let stateless = ["2026-07-28"]
}
