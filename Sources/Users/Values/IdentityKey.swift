/// Identifies an email or a username in any spelling.
public enum IdentityKey {
  /// The text that all spellings of one email or one username have in common: case is ignored
  /// (`TextNormalization.identity`), and domains are equal if their A-labels are. The key of a key
  /// is the key itself.
  public static func of(_ text: String) -> String {
    var text = text
    if text.withUTF8(isOwnKey) { return text }
    guard let sign = text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
      return TextNormalization.identity(text)
    }
    let local = TextNormalization.identity(String(text[..<sign]))
    let domain = String(text[text.utf8.index(after: sign)...])
    return "\(local)@\(EmailDomain.readable(domain) ?? TextNormalization.lowered(domain))"
  }

  /// A quick check whether a text is its own key, as nearly all are. False proves nothing.
  public static func isOwnKey(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // An A-label contains "--".
    if LowerASCII.isAll(text), !text.contains(UInt8(ascii: "-")) { return true }
    return isOwnKeyWithHyphens(text)
  }

  private static func isOwnKeyWithHyphens(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let isPlain = text.allSatisfy { $0 < 0x80 && $0 &- UInt8(ascii: "A") >= 26 }
    return isPlain && !zip(text, text.dropFirst()).contains { $0 == $1 && $0 == UInt8(ascii: "-") }
  }

  static func of(_ text: BorrowedText) -> String { of(text.string) }

  /// Whether `key` is the key of a text.
  static func `is`(_ key: String, of text: BorrowedText) -> Bool {
    isOwnKey(text.bytes) ? text.equals(key) : of(text) == key
  }
}
