internal import Contract
internal import Secrets
internal import Users

/// A password that is handed out for choosing another one.
struct TemporaryPassword {
  private static let characters = 20

  let text: String
  let hash: PasswordHash

  /// One that opens nothing.
  static let sample = TemporaryPassword(text: "", hash: PasswordHash(text: ""))

  private init(text: String, hash: PasswordHash) {
    self.text = text
    self.hash = hash
  }

  /// Takes as long as hashing a password does.
  init() throws(Failure) {
    text = randomBase62(Self.characters)
    guard let hash = PasswordHash(of: text) else { throw .outOfMemory }
    self.hash = hash
  }
}
