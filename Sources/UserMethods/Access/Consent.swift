public import Contract
internal import JSON
internal import Secrets
internal import Users

/// Blocks an agent's changes that need consent (see `PermanentChange`) until a person has agreed to
/// exactly these changes.
///
/// `AccountWriter` calls `check` after all other checks, right before it writes. A call for one
/// account then fails; a bulk continues, to collect all changes that need consent, and is rolled
/// back.
public final class Consent {
  /// The time that a person has to answer, in milliseconds.
  public static let msMax = 300_000
  /// The most changes in one question.
  static let changesMax = 100

  private let agreement: Agreement?
  private var changes: [PermanentChange] = []
  /// The accounts that the call has changed, in their state before the call; nil for accounts that
  /// the call created, because it may delete those without consent.
  private var known: [UserID: User?] = [:]
  /// Whether a bulk calls `settle` itself, after all its operations.
  var isDeferred = false
  /// Whether a person has to be asked.
  public private(set) var isWanting = false

  /// `agreement` is what a person has agreed to; nil if no person was asked yet.
  public init(_ agreement: Agreement? = nil) { self.agreement = agreement }

  /// The agreement to request.
  public var wanted: Agreement { Agreement(to: changes) }

  func check(_ change: AccountChange, at now: Timestamp) throws(Failure) {
    guard let id = change.before?.id ?? change.after?.id else { return }
    if known[id] == nil { known[id] = .some(change.before) }
    guard let before = known[id] ?? nil,
      let change = PermanentChange(change, known: before, at: now)
    else { return }
    changes.append(change)
    if !isDeferred { try settle() }
  }

  /// Refuses unless a person has agreed to exactly these changes.
  func settle() throws(Failure) {
    if changes.isEmpty || agreement == wanted { return }
    if agreement != nil { throw .confirmationStale }
    if changes.count > Self.changesMax { throw .tooManyToConfirm(changes.count, Self.changesMax) }
    isWanting = true
    throw .confirmationNeeded(changes.count)
  }

  // MARK: Text for people

  private static let commandsMax = 5

  /// The question to the person, with owners and admins first.
  public var question: String {
    if changes.count == 1, let change = changes.first {
      return "An agent asks to \(change.deed). Do you allow it?"
    }
    let sorted = changes.filter(\.isOfSuperuser) + changes.filter { !$0.isOfSuperuser }
    let lines = sorted.map { "\n- " + $0.deed }.joined()
    return "An agent asks for \(changes.count) changes at once:\(lines)\nDo you allow all of them?"
  }

  /// How a person can make the changes in a shell, for clients that can't ask.
  public var instructions: String {
    var lines = [
      "A person with the right to do it can run, with this server's --store and their own --as:"
    ]
    lines += changes.prefix(Self.commandsMax).map(\.command)
    if changes.count > Self.commandsMax {
      lines.append("and so on for \(changes.count - Self.commandsMax) more.")
    }
    return lines.joined(separator: "\n")
  }
}

// MARK: State that clients return

extension StoreAccessControl {
  /// Signs an agreement for this caller and this call. Only processes on this store can make the
  /// text; it is valid for `Consent.msMax` milliseconds. It works once: the agreed change
  /// increments the account's version or deletes the account, so that the agreement no longer
  /// matches.
  public func sign(_ agreement: Agreement, _ call: CallText) throws(Failure) -> String {
    let end = clock.systemTime.milliseconds + Int64(Consent.msMax)
    var content = ByteBuffer(capacity: 64)
    content.append(bigEndian: end)
    content.append(contentsOf: agreement.digest)
    let signed = Array(content.bytes)
    let key = try signingKey()
    return base64URL(try message(signed, call).withUnsafeBufferPointer { key.tag($0) } + signed)
  }

  /// Decodes the agreement in a returned text. Refuses a text that is forged, has expired, or
  /// belongs to another call or caller.
  public func verify(_ text: String, _ call: CallText) throws(Failure) -> Agreement {
    let key = try signingKey()
    let bytes = bytes(base64URL: text) ?? []
    let tag = Array(bytes.prefix(SigningKey.tagByteCount))
    let signed = Array(bytes.dropFirst(SigningKey.tagByteCount))
    guard try message(signed, call).withUnsafeBufferPointer({ key.isTag(tag, of: $0) }) else {
      throw .confirmationForged
    }
    let end = signed.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let msLeft = end - clock.systemTime.milliseconds
    // A clock that was set back must not extend the time.
    if msLeft <= 0 || msLeft > Int64(Consent.msMax) { throw .confirmationLate }
    return Agreement(digest: Array(signed.dropFirst(8)))
  }

  private func signingKey() throws(Failure) -> SigningKey {
    guard let key = SigningKey(try peek(RequestContext()).cursorKey()) else { throw .internalError }
    return key
  }

  /// The message to sign. Cursors use the same key; their messages begin with a length.
  private func message(_ signed: [UInt8], _ call: CallText) throws(Failure) -> [UInt8] {
    Array("confirmation\n\(try caller().id.text)\n\(call.text)\n".utf8) + signed
  }
}
