internal import CSodium

/// Random bytes from the kernel, through libsodium. `count` is in bytes.
public func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  randombytes_buf(&bytes, count)
  return bytes
}

/// A key that signs what Roster hands out and wants back unchanged, such as cursors.
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

  /// Compares in constant time, so that the answer's delay tells nothing of the tag.
  public func isTag(_ tag: [UInt8], of message: UnsafeBufferPointer<UInt8>) -> Bool {
    tag.count == Self.tagByteCount && sodium_memcmp(tag, self.tag(message), tag.count) == 0
  }
}

/// Base64 with the URL alphabet and without padding (RFC 4648, section 5).
public func base64URL(_ bytes: [UInt8]) -> String {
  let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING
  let capacity = sodium_base64_encoded_len(bytes.count, variant)
  var text = [CChar](repeating: 0, count: capacity)
  sodium_bin2base64(&text, capacity, bytes, bytes.count, variant)
  return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// nil unless the text is exactly what `base64URL` makes.
public func bytes(base64URL text: String) -> [UInt8]? {
  let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING
  var bytes = [UInt8](repeating: 0, count: text.utf8.count)
  var filled = 0
  let code = sodium_base642bin(
    &bytes, bytes.count, text, text.utf8.count, nil, &filled, nil, variant)
  return code == 0 ? Array(bytes.prefix(filled)) : nil
}
