/// Who an email or a username is, however it is spelled.
public enum IdentityKey {
  /// What all spellings of one email, or of one username, have in common: case doesn't matter
  /// (`Fold.identity`), and domains are the same where their A-labels are. A key is its own key.
  public static func of(_ text: String) -> String {
    var text = text
    if text.withUTF8(isOwnKey) { return text }
    guard let sign = text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
      return Fold.identity(text)
    }
    let local = Fold.identity(String(text[..<sign]))
    let domain = String(text[text.utf8.index(after: sign)...])
    return "\(local)@\(EmailDomain.readable(domain) ?? Fold.lowered(domain))"
  }

  /// Whether a text is its own key, as nearly all are, at a glance. False is no proof.
  public static func isOwnKey(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // Without a branch, many bytes are looked at at once.
    var signs: UInt8 = 0
    for byte in text {
      signs |= byte & 0x80
      signs |= byte &- UInt8(ascii: "A") < 26 ? 1 : 0
      // The sign of an A-label is "--", and a hyphen costs little.
      signs |= byte == UInt8(ascii: "-") ? 1 : 0
    }
    return signs == 0 || isOwnKeyWithHyphens(text)
  }

  private static func isOwnKeyWithHyphens(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let isPlain = text.allSatisfy { $0 < 0x80 && $0 &- UInt8(ascii: "A") >= 26 }
    return isPlain && !zip(text, text.dropFirst()).contains { $0 == $1 && $0 == UInt8(ascii: "-") }
  }

  static func of(_ text: Text) -> String { of(text.string) }

  /// Whether `key` is that of a text.
  static func `is`(_ key: String, of text: Text) -> Bool {
    isOwnKey(text.bytes) ? text.equals(key) : of(text) == key
  }
}
