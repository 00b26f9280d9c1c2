/// How a request says what it speaks.
enum Era {
  /// Revisions up to 2025-11-25: `initialize` says it for all.
  case initialized
  /// Since 2026-07-28: each request says it.
  case modern
}
