/// How a request declares its protocol version.
enum Era {
  /// Revisions up to 2025-11-25: `initialize` declares it for the connection.
  case initialized
  /// Revisions since 2026-07-28: each request declares it.
  case modern
}
