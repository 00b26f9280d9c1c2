internal import CSodium

/// A key that signs values that clients have to return unchanged, such as cursors.
public struct SigningKey: Sendable {
  public static let byteCount = 32
  public static let tagByteCount = 16

  public let bytes: [UInt8]

  public static func random() -> SigningKey { SigningKey(bytes: randomBytes(byteCount)) }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// nil unless there are exactly `byteCount` bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// A tag that only a holder of the key can make: keyed BLAKE2b, `tagByteCount` bytes.
  public func tag(_ message: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: Self.tagByteCount)
    crypto_generichash(
      &tag, tag.count, message.baseAddress, UInt64(message.count), bytes, bytes.count)
    return tag
  }

  /// Compares in constant time, so that the timing reveals nothing of the tag.
  public func isTag(_ tag: [UInt8], of message: UnsafeBufferPointer<UInt8>) -> Bool {
    tag.count == Self.tagByteCount && sodium_memcmp(tag, self.tag(message), tag.count) == 0
  }
}
