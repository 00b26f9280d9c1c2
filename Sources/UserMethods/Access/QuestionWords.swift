internal import Contract
internal import Users

/// How questions to a person name an account. Its texts are other people's: they stand in quotes that
/// nothing in them can end, in one line, and nothing in them is invisible.
enum QuestionWords {
  /// The account as people know it, with its rank. `now` tells whether it was changed a short time ago,
  /// by which it may go by another name.
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

  /// What is lost and gained between two lists. All of it: any role may be one that gives much.
  static func change(of old: [String], to new: [String]) -> String {
    // What matters stands first, however many labels there are.
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
  /// Whether people see it as what it is: neither a space of another kind, nor nothing at all.
  fileprivate var isPlain: Bool {
    // The pattern of no dots looks like a space, and is a symbol to Unicode.
    if self == " " || self == "\u{2800}" { return self == " " }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate,
      .privateUse, .unassigned:
      return false
    default: return !properties.isDefaultIgnorableCodePoint
    }
  }
}
