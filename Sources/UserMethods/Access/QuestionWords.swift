internal import Contract
internal import Users

/// Text about accounts in questions to a person. Account fields may be hostile, so they are quoted
/// on one line, and nothing in them can end the quotation or be invisible.
enum QuestionWords {
  /// The account's name and email, with its rank. `now` decides whether to add that the account was
  /// changed recently, because its name may be new.
  static func name(of user: User, at now: Timestamp) -> String {
    let address = quoted(user.email ?? user.id.text)
    let minutes = (now.milliseconds - user.updatedAt.milliseconds) / Lifetime.minuteMs
    let isNews = user.version > 1 && minutes < newsMinutes
    let news = isNews ? ", changed \(max(minutes, 0)) minutes ago" : ""
    let flags = user.flags
    let rank =
      flags.contains(.owner) ? "the owner " : flags.contains(.superuser) ? "the admin " : ""
    return "\(rank)\(quoted(user.name, countMax: nameScalarsMax)) (\(address)\(news))"
  }

  private static let nameScalarsMax = 80
  private static let newsMinutes: Int64 = 24 * 60

  /// The roles that are lost and gained. All of them are listed, because any role may grant much.
  static func change(of old: [String], to new: [String]) -> String {
    // Owner and admin come first, however many labels there are.
    let order = [RoleName.owner, RoleName.admin]
    func sorted(_ roles: [String]) -> [String] {
      order.filter(roles.contains) + roles.filter { !order.contains($0) }
    }
    let (lost, gained) = (old.filter { !new.contains($0) }, new.filter { !old.contains($0) })
    return [("loses ", sorted(lost)), ("gets ", sorted(gained))]
      .filter { !$0.1.isEmpty }.map { $0 + $1.joined(separator: ", ") }.joined(separator: "; ")
  }

  static func quoted(_ text: String) -> String { quoted(text, countMax: .max) }

  private static func quoted(_ text: String, countMax: Int) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(countMax) {
      if scalar.properties.isQuotationMark {
        shown += "'"
      } else if scalar.isPlain {
        shown.unicodeScalars.append(scalar)
      } else {
        shown += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      }
    }
    return "\"" + shown + (text.unicodeScalars.count > countMax ? "…" : "") + "\""
  }
}

extension Unicode.Scalar {
  /// Whether the character is visible, or the ordinary space.
  fileprivate var isPlain: Bool {
    // U+2800, the empty Braille pattern, looks like a space, but Unicode classifies it as a symbol.
    if self == " " || self == "\u{2800}" { return self == " " }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate,
      .privateUse, .unassigned:
      return false
    default: return !properties.isDefaultIgnorableCodePoint
    }
  }
}
