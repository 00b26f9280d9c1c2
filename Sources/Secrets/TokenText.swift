internal import CSodium

/// The text of a token: `roster_`, 30 random characters, and a checksum of 6 characters.
///
/// The checksum (CRC-32 of the text before it) detects a mistyped token without a lookup in the
/// store, and lets scanners recognize a leaked one. Stores keep only the digests of tokens.
public struct TokenText: Equatable, Sendable {
  public static let prefix = "roster_"
  private static let randomCount = 30
  private static let checkCount = 6

  public let text: String

  /// A new token with 178 random bits.
  public static func random() -> TokenText {
    let body = prefix + randomBase62(randomCount)
    return TokenText(unchecked: body + check(of: body))
  }

  private init(unchecked text: String) { self.text = text }

  /// nil unless the text has this form and its checksum is correct.
  public init?(_ text: String) {
    let body = String(text.dropLast(Self.checkCount))
    guard text.utf8.count == Self.prefix.utf8.count + Self.randomCount + Self.checkCount,
      text.utf8.starts(with: Self.prefix.utf8),
      text.utf8.dropFirst(Self.prefix.utf8.count).allSatisfy({ base62.contains($0) }),
      Self.check(of: body).utf8.elementsEqual(text.utf8.suffix(Self.checkCount))
    else { return nil }
    self.text = text
  }

  /// The stored form of a token, which is also its key for lookups.
  public var digest: [UInt8] { Secrets.digest(Array(text.utf8)) }

  private static func check(of body: String) -> String {
    var number = crc32(body.utf8)
    var digits: [UInt8] = []
    for _ in 0..<checkCount {
      digits.append(base62[Int(number % 62)])
      number /= 62
    }
    return String(decoding: digits.reversed(), as: UTF8.self)
  }

  /// CRC-32 as in zlib and PNG (ISO 3309).
  private static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { state, byte in
      (0..<8).reduce(state ^ UInt32(byte)) { state, _ in
        state >> 1 ^ (state & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
  }
}

private let base62 = Array(
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

/// `count` random letters and digits, uniformly distributed.
public func randomBase62(_ count: Int) -> String {
  let letters = (0..<count).map { _ in base62[Int(randombytes_uniform(62))] }
  return String(decoding: letters, as: UTF8.self)
}

/// BLAKE2b of 256 bits.
public func digest(_ bytes: [UInt8]) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: 32)
  crypto_generichash(&digest, digest.count, bytes, UInt64(bytes.count), nil, 0)
  return digest
}
