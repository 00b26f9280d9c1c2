internal import Contract
internal import Secrets
internal import Users

/// A generated password, valid only for choosing another one.
struct TemporaryPassword {
  private static let characters = 20

  let text: String
  let hash: PasswordHash

  /// A placeholder that opens no account.
  static let sample = TemporaryPassword(text: "", hash: PasswordHash(text: ""))

  private init(text: String, hash: PasswordHash) {
    self.text = text
    self.hash = hash
  }

  /// Takes as long as hashing a password.
  init() throws(Failure) {
    text = randomBase62(Self.characters)
    guard let hash = PasswordHash(of: text) else { throw .outOfMemory }
    self.hash = hash
  }
}
