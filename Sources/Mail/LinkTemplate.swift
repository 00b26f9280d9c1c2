internal import Contract
internal import Users

/// The URL that people open from a letter, with placeholders:
/// `https://app.example/{action}?token={token}`.
///
/// `{token}` is required. `{action}` is optional, and becomes `accept-invitation` or
/// `reset-password`.
struct LinkTemplate: Sendable {
  private static let byteCountMax = 2048

  private enum Part: Equatable {
    case text(String)
    case action
    case token
  }

  private let parts: [Part]
  /// Scheme and host: where people sign in.
  let site: String
  let host: String

  init(_ text: String) throws(MailError) {
    let scheme = ["https://", "http://"].first { text.begins(with: $0) }
    guard let scheme else { throw Self.error("does not begin with https:// or http://") }
    guard text.utf8.count <= Self.byteCountMax else {
      throw Self.error("has more than \(Self.byteCountMax) bytes")
    }
    guard text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) && !"\"<>\\^`|".utf8.contains($0) })
    else { throw Self.error("has characters that are not allowed in URLs; percent-encode them") }
    let host = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
    guard !host.isEmpty, !host.holds("@"), !host.holds("{") else {
      throw Self.error("does not name a host after \(scheme)")
    }
    parts = try Self.split(text)
    guard parts.contains(.token) else { throw Self.error("does not contain {token}") }
    self.host = String(host)
    site = scheme + host
  }

  /// nil for letters with a password to type: a URL must not contain a password.
  func link(for letter: Letter) -> String? {
    let action: String
    switch letter.kind {
    case .invitation: action = "accept-invitation"
    case .passwordReset: action = "reset-password"
    case .temporaryPassword: return nil
    }
    let texts = parts.map { part in
      switch part {
      case .text(let text): text
      case .action: action
      case .token: Self.percentEncoded(letter.secret)
      }
    }
    return texts.joined()
  }

  private static func split(_ text: String) throws(MailError) -> [Part] {
    var parts: [Part] = []
    var rest = text[...]
    while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      parts.append(.text(String(rest[..<open])))
      rest = rest[open...]
      if let behind = rest.behind("{token}") {
        parts.append(.token)
        rest = behind[...]
      } else if let behind = rest.behind("{action}") {
        parts.append(.action)
        rest = behind[...]
      } else {
        throw error("has braces around a name other than token or action")
      }
    }
    return parts + [.text(String(rest))]
  }

  /// Encodes all but the unreserved characters of a URL (RFC 3986, section 2.3).
  private static func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
      byte.isASCIIAlphanumeric || "-._~".utf8.contains(byte)
        ? String(Unicode.Scalar(byte)) : byte.hex(after: "%")
    }.joined()
  }

  private static func error(_ problem: String) -> MailError {
    MailError(
      "--mail-link \(problem)", "Write it like https://app.example/{action}?token={token}.")
  }
}
