internal import Contract
internal import JSON
public import Secrets

/// An account's password as it is kept.
public struct Password: Equatable, Sendable {
  public let userID: UserID
  public let hash: PasswordHash
  /// Set for one that was made for the account: it opens `users.change_password` only, until then.
  public let temporaryUntil: Timestamp?
  /// Who had a temporary one made.
  public var askers = Askers.unknown

  public init(userID: UserID, hash: PasswordHash, temporaryUntil: Timestamp? = nil) {
    self.userID = userID
    self.hash = hash
    self.temporaryUntil = temporaryUntil
  }

  /// As `Token.seal`.
  public var seal: Int64 {
    Seal.of(
      [userID.key, userID.tail, temporaryUntil?.milliseconds ?? -1], [hash.text] + askers.texts, [])
  }
}

/// How often in a row somebody failed to sign in, and when last.
public struct Attempts: Equatable, Sendable {
  public let failures: Int
  public let last: Timestamp

  public init(failures: Int, last: Timestamp) {
    self.failures = failures
    self.last = last
  }

  /// So many failures cost nothing.
  static let freeFailures = 5
  private static let waitMsMin: Int64 = 30_000
  private static let waitMsMax: Int64 = 15 * Lifetime.minuteMs
  /// After so long without a failure all are forgotten.
  static let memoryMs = Lifetime.dayMs

  func failing(at now: Timestamp) -> Attempts {
    let isForgotten = last.adding(Self.memoryMs) <= now
    return Attempts(failures: isForgotten ? 1 : failures &+ 1, last: now)
  }

  /// How many seconds to wait before the next try: 30 after the fifth failure, twice as many after
  /// each further one, up to 15 minutes. nil for none, also when the last failure lies ahead: the
  /// clock was set back, and nobody is kept out until it has caught up.
  func waitSeconds(at now: Timestamp) -> Int? {
    guard failures >= Self.freeFailures else { return nil }
    let doublings = min(failures - Self.freeFailures, 10)
    let wait = min(Self.waitMsMin << Int64(doublings), Self.waitMsMax)
    let end = last.adding(wait)
    guard end > now, end <= now.adding(wait) else { return nil }
    return Int((end.milliseconds - now.milliseconds + 999) / 1000)
  }
}

/// A password that somebody chooses: 8 to 1,024 characters, as they are, in NFC.
struct NewPassword: ParamValue {
  let value: String

  private static let length = 8...1024
  static var shape: Shape { .secret(.string(length: length)) }
  static var placeholder: NewPassword { NewPassword(value: "") }

  private init(value: String) { self.value = value }

  init(_ json: JSONValue) throws(Mismatch) {
    let text = try GivenPassword(json).value
    let count = text.scalarCount
    guard Self.length.contains(count) else {
      throw Mismatch("must have 8 to 1024 characters, not \(count)")
    }
    value = text
  }
}

/// A password that is to be checked.
struct GivenPassword: ParamValue {
  let value: String

  static var shape: Shape { .secret(.string(length: 1...1024)) }
  static var placeholder: GivenPassword { GivenPassword(value: "") }

  private init(value: String) { self.value = value }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard !text.isEmpty, text.utf8.count <= 1 << 14 else {
      throw Mismatch("must have 1 to 1024 characters")
    }
    // libsodium takes a zero for the end of a text nowhere, but others might.
    if text.utf8.contains(0) { throw Mismatch("must not contain the character U+0000") }
    value = Fold.composed(text)
  }
}

/// The text of an invitation's or a reset's token.
struct SecretToken: ParamValue {
  /// nil for a text that is no token: it fails as an unknown one does.
  let digest: [UInt8]?

  static var shape: Shape { .secret(.string(length: 1...255)) }
  static var placeholder: SecretToken { SecretToken(digest: nil) }

  private init(digest: [UInt8]?) { self.digest = digest }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    guard (1...255).contains(text.utf8.count) else {
      throw Mismatch("must have 1 to 255 characters")
    }
    digest = TokenText(text)?.digest
  }
}
