import Contract

/// Names of columns as files spell them.
enum ColumnName {
  /// The key of a column's name: without spaces around it, in lower case.
  static func key(_ name: String) -> String {
    let scalars = name.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isSpace($0) }),
      let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last]).lowercased()
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar == "\u{FEFF}"
  }

  /// Words in the names of columns that hold passwords or other secrets.
  private static let secretWords = [
    "password", "passwd", "pwd", "hash", "digest", "salt", "credential", "secret", "otp", "token",
  ]

  static func isSecret(_ name: String) -> Bool {
    holds(key(name), secretWords) || key(name).ends(with: "_pass")
  }

  /// Words in the names of columns that disable accounts.
  private static let shutWords = [
    "user_status", "userstatus", "account_status", "enabled", "disabled", "inactive", "suspend",
    "banned", "blocked", "locked", "deactivat", "deleted", "archived", "terminat",
  ]

  static func shutsOut(_ name: String) -> Bool {
    key(name).begins(with: "status") || holds(key(name), shutWords)
  }

  private static func holds(_ name: String, _ words: [String]) -> Bool {
    words.contains { word in
      name.utf8.indices.contains { name.utf8[$0...].starts(with: word.utf8) }
    }
  }
}
