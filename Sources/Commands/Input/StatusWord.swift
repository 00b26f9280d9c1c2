import Contract

/// Maps the states of accounts in other directories to Roster's.
enum StatusWord {
  private static let words = [
    "active": [
      "active", "enabled", "confirmed", "registered", "password_expired", "recovery",
      "reset_required", "external_provider",
    ],
    "invited": [
      "invited", "pending", "staged", "provisioned", "unconfirmed", "force_change_password",
    ],
    "disabled": [
      "disabled", "inactive", "suspended", "deactivated", "deprovisioned", "blocked", "banned",
      "locked_out", "archived",
    ],
  ]

  /// Roster's word for the state, or the text itself in normalized form.
  static func read(_ text: String) -> String {
    let word = ColumnName.key(text).replacingScalar(" ", by: "_")
    return words.first { $0.value.contains(word) }?.key ?? word
  }
}
