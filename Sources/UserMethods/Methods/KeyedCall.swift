internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// A call with an idempotency key: it runs once; repetitions get the same answer.
final class KeyedCall {
  private let key: IdempotencyKey
  /// The owner of the key in a call without a caller.
  private let subject: String
  /// The content of the request, to recognize another request under the same key.
  private let request: String
  /// The passwords in the call, joined into one text; nil for a call without passwords.
  let secrets: String?
  /// The result of comparing the passwords with those of the first call.
  var proof = Proof.none

  enum Proof {
    case none
    /// The first call under its key, with the hash that repetitions have to match.
    case first(PasswordHash)
    case repeated(isProven: Bool)
  }

  init(_ key: IdempotencyKey, subject: String, request: String, _ secrets: [String]) {
    self.key = key
    self.subject = subject
    self.request = request
    // The lengths keep different lists of passwords distinct.
    let parts = secrets.map { "\($0.utf8.count) \($0)" }
    self.secrets = secrets.isEmpty ? nil : parts.joined(separator: "\n")
  }

  /// Includes the audience, because the same params mean something else for an agent's tools.
  func requestDigest(_ method: StaticString, _ context: RequestContext) -> [UInt8] {
    let way = context.audience == .program ? "" : context.ignoresNulls ? "\ntool" : "\nagent"
    return digest(Array("\(method)\n\(request)\(way)".utf8))
  }

  /// Keys belong to the caller, across all methods; without a caller, to the subject. An answer
  /// given without `--org` is not repeated with it.
  func keyDigest(_ caller: UserID?, _ limits: LaunchLimits) -> [UInt8] {
    let organization = limits.organization ?? ""
    return digest(Array("\(caller?.text ?? subject)\n\(organization)\n\(key.value)".utf8))
  }
}

// A repeated call that contains passwords has to prove that it is the same call. They are compared
// with an Argon2id hash stored with the answer, which is as slow to guess as the account's own.
extension KeyedCall {
  /// Compares the passwords with those of the first call, if there was one, before the write lock.
  func compare<Store>(_ control: StoreAccessControl<Store>, _ request: RequestContext)
    throws(Failure)
  {
    guard let secrets else { return }
    let isProven = try control.beforeWriteLock(request) { () throws(Failure) -> Bool? in
      let store = try control.peek(request)
      let keyDigest = keyDigest(nil, control.limits)
      guard let answer = try store.freshAnswer(to: keyDigest) else { return nil }
      try store.checkPace(of: try store.guessed(by: answer, keyDigest))
      return answer.proof?.fits(secrets) ?? false
    }
    if let isProven { proof = .repeated(isProven: isProven) }
  }

  /// Hashes the passwords of a first call, so that repetitions can be compared.
  func hashSecrets<Store>(_ control: StoreAccessControl<Store>, _ request: RequestContext)
    throws(Failure)
  {
    guard let secrets else { return }
    proof = try control.beforeWriteLock(request) { () throws(Failure) in
      guard let hash = PasswordHash(of: secrets) else { throw .outOfMemory }
      return .first(hash)
    }
  }

  /// Refuses a call that differs from the stored one. A wrong password counts as a failed sign-in.
  func check<Store>(
    _ answer: IdempotencyRecord, _ request: [UInt8], _ keyDigest: [UInt8],
    _ store: ScopedStore<Store>
  ) throws(Failure) {
    if answer.request != request { throw .idempotencyKeyReused }
    guard let secrets else { return }
    var isProven = false
    if case .repeated(let known) = proof {
      isProven = known
    } else {
      // The first call was stored after the comparison.
      isProven = try store.control.beforeWriteLock(store.request) { () throws(Failure) in
        answer.proof?.fits(secrets) ?? false
      }
    }
    if isProven { return }
    // Answers of older versions have no hash, so the call is refused but does not count as a wrong
    // guess.
    if answer.proof == nil { throw .idempotencyKeyReused }
    try store.countFailure(of: try store.guessed(by: answer, keyDigest))
    throw .idempotencyKeyReused
  }
}

extension ScopedStore {
  /// The key under which wrong passwords are counted: the account's, or the digest of the
  /// idempotency key if the account no longer exists.
  fileprivate func guessed(by answer: IdempotencyRecord, _ keyDigest: [UInt8]) throws(Failure)
    -> [UInt8]
  {
    guard let id = answer.userID, let email = try userIfAny(.id(id))?.email else {
      return keyDigest
    }
    return Email(unchecked: email).attemptSubject
  }
}
