internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// A call that is answered once, however often it is repeated.
final class KeyedCall {
  private let key: IdempotencyKey
  /// Whose key it is where nobody calls.
  private let subject: String
  /// What the request asks for, to tell whether another under the same key asks for the same.
  private let request: String
  /// The passwords that the call came with, in one text; nil for a call without.
  let secrets: String?
  /// What came of comparing them with those of the first call.
  var proof = Proof.none

  enum Proof {
    case none
    /// The first call under its key: what later ones have to fit.
    case first(PasswordHash)
    case repeated(isProven: Bool)
  }

  init(_ key: IdempotencyKey, subject: String, request: String, _ secrets: [String]) {
    self.key = key
    self.subject = subject
    self.request = request
    // With their lengths, so that different ones differ.
    let parts = secrets.map { "\($0.utf8.count) \($0)" }
    self.secrets = secrets.isEmpty ? nil : parts.joined(separator: "\n")
  }

  /// The same words mean something else to an agent's tools.
  func requestDigest(_ method: StaticString, _ context: RequestContext) -> [UInt8] {
    let way = context.audience == .program ? "" : context.ignoresNulls ? "\ntool" : "\nagent"
    return digest(Array("\(method)\n\(request)\(way)".utf8))
  }

  /// Keys are each caller's own, whatever the method, but what was answered without `--org` is not
  /// repeated with it; where nobody calls, they are each subject's.
  func place(_ caller: UserID?, _ limits: LaunchLimits) -> [UInt8] {
    let organization = limits.organization ?? ""
    return digest(Array("\(caller?.text ?? subject)\n\(organization)\n\(key.value)".utf8))
  }
}

// A call that comes with passwords and a key proves by them, when it is repeated, that it is the same:
// by an Argon2id hash that is kept with the answer, as slow to guess as the account's own.
extension KeyedCall {
  /// Compares the passwords with those of the first call, if there was one, before the store is locked.
  func compare<Store>(_ gate: Gate<Store>, _ request: RequestContext) throws(Failure) {
    guard let secrets else { return }
    let isProven = try gate.slowly(request) { () throws(Failure) -> Bool? in
      let store = try gate.peek(request)
      let place = place(nil, gate.limits)
      guard let answer = try store.freshAnswer(to: place) else { return nil }
      try store.checkPace(of: try store.guessed(by: answer, place))
      return answer.proof?.fits(secrets) ?? false
    }
    if let isProven { proof = .repeated(isProven: isProven) }
  }

  /// Hashes the passwords of a first call, for what may repeat it.
  func hashSecrets<Store>(_ gate: Gate<Store>, _ request: RequestContext) throws(Failure) {
    guard let secrets else { return }
    proof = try gate.slowly(request) { () throws(Failure) in
      guard let hash = PasswordHash(of: secrets) else { throw .outOfMemory }
      return .first(hash)
    }
  }

  /// Refuses what is not the call that was answered. A wrong password is a failure to sign in.
  func check<Store>(
    _ answer: Answer, _ request: [UInt8], _ place: [UInt8], _ store: ScopedStore<Store>
  ) throws(Failure) {
    if answer.request != request { throw .idempotencyKeyReused }
    guard let secrets else { return }
    var isProven = false
    if case .repeated(let known) = proof {
      isProven = known
    } else {
      // The first call has come in between.
      isProven = try store.gate.slowly(store.request) { () throws(Failure) in
        answer.proof?.fits(secrets) ?? false
      }
    }
    if isProven { return }
    // What an older Roster answered proves nothing, neither way.
    if answer.proof == nil { throw .idempotencyKeyReused }
    try store.countFailure(of: try store.guessed(by: answer, place))
    throw .idempotencyKeyReused
  }
}

extension ScopedStore {
  /// What wrong passwords for this answer are counted under: those of its account, or the key's own
  /// where the account is gone.
  fileprivate func guessed(by answer: Answer, _ place: [UInt8]) throws(Failure) -> [UInt8] {
    guard let id = answer.userID, let email = try userIfAny(.id(id))?.email else { return place }
    return Email(unchecked: email).attemptSubject
  }
}
