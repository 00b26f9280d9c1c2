public import Contract

/// A token as it is kept: never its text, only the digest of that.
public struct Token: Equatable, Sendable {
  public let id: UserID
  public let kind: TokenKind
  public let userID: UserID
  /// `TokenText.digest`: 32 bytes.
  public let digest: [UInt8]
  /// What people call it; empty for all but API tokens.
  public var name = ""
  /// What it is narrowed to; nil for all that the account may.
  public var capabilities: Set<Capability>?
  public let expiresAt: Timestamp
  public var lastUsed: Timestamp?
  /// Who asked for it. Sessions have none: their account's password began them.
  public var askers = Askers.unknown

  public init(
    id: UserID, kind: TokenKind, userID: UserID, digest: [UInt8], expiresAt: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.userID = userID
    self.digest = digest
    self.expiresAt = expiresAt
  }

  public func permits(_ capability: Capability) -> Bool {
    capabilities?.contains(capability) ?? true
  }

  /// All that follows from the token in one number, as `UserRow.seal`: a store that keeps it beside
  /// the token notices when a disk gives back another one.
  public var seal: Int64 {
    let numbers = [
      id.key, id.tail, Int64(kind.rawValue), userID.key, userID.tail, expiresAt.milliseconds,
      lastUsed?.milliseconds ?? -1,
    ]
    // What an older Roster made has no askers, and its number knew of none.
    return Seal.of(numbers, [name, capabilityText ?? "*"] + askers.texts, digest)
  }

  /// The capabilities as a store may keep them: names with a space between; nil for no limit.
  public var capabilityText: String? {
    capabilities?.map(\.rawValue).sorted().joined(separator: " ")
  }

  /// nil for a name that there is not: such a token is not to be used.
  public static func capabilities(_ text: String) -> Set<Capability>? {
    var found: Set<Capability> = []
    for word in text.words(at: " ") {
      guard let capability = Capability(rawValue: word) else { return nil }
      found.insert(capability)
    }
    return found
  }
}
