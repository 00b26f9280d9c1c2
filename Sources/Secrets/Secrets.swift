internal import CSodium

/// Random bytes from the kernel, through libsodium. `count` is in bytes.
public func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  randombytes_buf(&bytes, count)
  return bytes
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
