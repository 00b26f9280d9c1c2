internal import CSodium
#if DEBUG
  internal import Glibc
#endif

/// A password as it is kept: Argon2id over it and a salt of its own, in libsodium's text form.
///
/// Hashing and checking take some 0.1 s of processor time and 64 MiB: nobody is to wait for a lock
/// meanwhile.
public struct PasswordHash: Equatable, Sendable {
  private static let passes: UInt64 = isWeak ? 1 : 2
  private static let memoryBytes = isWeak ? 8 << 10 : 64 << 20

  /// Tests that make hashes by the thousand ask a debug build for weak ones.
  private static var isWeak: Bool {
    #if DEBUG
      getenv("ROSTER_TEST_HASHING").map { String(cString: $0) == "weak" } ?? false
    #else
      false
    #endif
  }

  /// Lets libsodium choose what this processor is quickest with.
  private static let ready = sodium_init()

  public let text: String

  /// One that was made before.
  public init(text: String) { self.text = text }

  /// nil if there is not enough memory.
  public init?(of password: String) {
    _ = Self.ready
    var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
    let code = crypto_pwhash_str_alg(
      &text, password, UInt64(password.utf8.count), Self.passes, Self.memoryBytes,
      crypto_pwhash_ALG_ARGON2ID13)
    if code != 0 { return nil }
    self.text = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  public func fits(_ password: String) -> Bool {
    _ = Self.ready
    return crypto_pwhash_str_verify(text, password, UInt64(password.utf8.count)) == 0
  }

  /// Takes as long as checking a password does, for accounts that have none.
  public static func checkNothing(_ password: String) { _ = nobody.fits(password) }

  /// The hash of a random text that was thrown away, made with the parameters above.
  private static let nobody = PasswordHash(
    text:
      "$argon2id$v=19$m=65536,t=2,p=1$WB5/MNSyAeY50xyFYaFjBw$XGMAM5bqIPCVPaun8xRos6uDfcQvKqkPcfih3BNIwzk"
  )
}
