public import Contract
internal import JSON
internal import Secrets
internal import Users

/// Keeps an agent's call from what can't be undone until a person has agreed to just that.
///
/// `AccountWriter` asks it right before it writes, when all else is decided. A call that changes one
/// account fails then; a bulk goes on, to find all that a person would have to agree to, and is undone.
public final class Consent {
  /// How long a person may take, in milliseconds.
  public static let msMax = 300_000
  /// More than that nobody reads.
  static let changesMax = 100

  private let agreement: Agreement?
  private var changes: [GraveChange] = []
  /// The accounts that the call has changed, as they were before; nil for those that it has made, which
  /// it may unmake.
  private var known: [UserID: User?] = [:]
  /// Set by what settles the matter itself, when all of it is known.
  var isDeferred = false
  /// Whether a person has to be asked.
  public private(set) var isWanting = false

  /// `agreement` is what a person has agreed to; nil where nobody was asked yet.
  public init(_ agreement: Agreement? = nil) { self.agreement = agreement }

  /// What a person is asked for.
  public var wanted: Agreement { Agreement(to: changes) }

  func check(_ change: AccountChange, at now: Timestamp) throws(Failure) {
    guard let id = change.before?.id ?? change.after?.id else { return }
    if known[id] == nil { known[id] = .some(change.before) }
    guard let before = known[id] ?? nil,
      let change = GraveChange(change, known: before, at: now)
    else { return }
    changes.append(change)
    if !isDeferred { try settle() }
  }

  /// Refuses unless a person has agreed to just what was found.
  func settle() throws(Failure) {
    if changes.isEmpty || agreement == wanted { return }
    if agreement != nil { throw .confirmationStale }
    if changes.count > Self.changesMax { throw .tooManyToConfirm(changes.count, Self.changesMax) }
    isWanting = true
    throw .confirmationNeeded(changes.count)
  }

  // MARK: Words

  private static let commandsMax = 5

  /// The question to the person, who sees owners and admins first.
  public var question: String {
    if changes.count == 1, let change = changes.first {
      return "An agent asks to \(change.deed). Do you allow it?"
    }
    let sorted = changes.filter(\.isOfSuperuser) + changes.filter { !$0.isOfSuperuser }
    let lines = sorted.map { "\n- " + $0.deed }.joined()
    return "An agent asks for \(changes.count) changes in one:\(lines)\nDo you allow all of it?"
  }

  /// What to say where nobody can be asked: how a person does it without the agent.
  public var instructions: String {
    var lines = [
      "A person who may do it can, in a shell, with the --store of this server and --as:"
    ]
    lines += changes.prefix(Self.commandsMax).map(\.command)
    if changes.count > Self.commandsMax {
      lines.append("and so on for \(changes.count - Self.commandsMax) more.")
    }
    return lines.joined(separator: "\n")
  }
}

// MARK: What clients carry

extension Gate {
  /// An agreement as a text that only a process on this store can make, for this caller and this call,
  /// good for `Consent.msMax`. It serves once: a grave change leaves a version of the account behind, or
  /// no account, that nobody has agreed to.
  public func seal(_ agreement: Agreement, _ call: CallText) throws(Failure) -> String {
    let end = clock.systemTime.milliseconds + Int64(Consent.msMax)
    var place = ByteBuffer(capacity: 64)
    place.append(bigEndian: end)
    place.append(contentsOf: agreement.digest)
    let placed = Array(place.bytes)
    let key = try signingKey()
    return base64URL(try message(placed, call).withUnsafeBufferPointer { key.tag($0) } + placed)
  }

  /// What a text that came back was made for; refuses one that was made for something else, has ended,
  /// or was never made here.
  public func unseal(_ text: String, _ call: CallText) throws(Failure) -> Agreement {
    let key = try signingKey()
    let bytes = bytes(base64URL: text) ?? []
    let tag = Array(bytes.prefix(SigningKey.tagByteCount))
    let placed = Array(bytes.dropFirst(SigningKey.tagByteCount))
    guard try message(placed, call).withUnsafeBufferPointer({ key.isTag(tag, of: $0) }) else {
      throw .confirmationForged
    }
    let end = placed.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let msLeft = end - clock.systemTime.milliseconds
    // A clock that was set back lengthens nothing.
    if msLeft <= 0 || msLeft > Int64(Consent.msMax) { throw .confirmationLate }
    return Agreement(digest: Array(placed.dropFirst(8)))
  }

  private func signingKey() throws(Failure) -> SigningKey {
    guard let key = SigningKey(try peek(RequestContext()).cursorKey()) else { throw .internalError }
    return key
  }

  /// The key signs cursors too; those begin otherwise, with a length.
  private func message(_ placed: [UInt8], _ call: CallText) throws(Failure) -> [UInt8] {
    Array("confirmation\n\(try caller().id.text)\n\(call.text)\n".utf8) + placed
  }
}
