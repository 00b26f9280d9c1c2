internal import CSodium

/// A stored password: its Argon2id hash, with its own salt, in libsodium's text form.
///
/// Hashing and verifying take about 0.1 s of processor time and 64 MiB of memory: the caller must
/// not hold a lock meanwhile.
public struct PasswordHash: Equatable, Sendable {
  #if DEBUG
    /// Set by tests that make thousands of hashes. Does not exist in release builds.
    @TaskLocal public static var isWeak = false
    private static var passes: UInt64 { isWeak ? 1 : 2 }
    private static var memoryBytes: Int { isWeak ? 8 << 10 : 64 << 20 }
  #else
    private static let passes: UInt64 = 2
    private static let memoryBytes = 64 << 20
  #endif

  /// Lets libsodium choose the fastest implementation for this processor.
  private static let ready = sodium_init()

  public let text: String

  /// Wraps a hash that was made before.
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

  /// Takes as long as verifying a password. Called for accounts without one, so that the time does
  /// not reveal that.
  public static func checkNothing(_ password: String) { _ = nobody.fits(password) }

  /// The hash of a random text that was discarded, made with the parameters above.
  private static let nobody = PasswordHash(
    text:
      "$argon2id$v=19$m=65536,t=2,p=1$WB5/MNSyAeY50xyFYaFjBw$XGMAM5bqIPCVPaun8xRos6uDfcQvKqkPcfih3BNIwzk"
  )
}
