public import Contract

/// A token as a store keeps it: never its text, only the digest of the text.
public struct Token: Equatable, Sendable {
  public let id: UserID
  public let kind: TokenKind
  public let userID: UserID
  /// `TokenText.digest`: 32 bytes.
  public let digest: [UInt8]
  /// A name for people; empty except for API tokens.
  public var name = ""
  /// The capabilities that the token is limited to; nil for all that the account has.
  public var capabilities: Set<Capability>?
  public let expiresAt: Timestamp
  public var lastUsed: Timestamp?
  /// Who asked for it. Sessions have no askers: the account's own password began them.
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

  /// A checksum of the token, for the same purpose as `UserView.checksum`: a store that keeps it
  /// beside the token detects that a disk returned other data.
  public var checksum: Int64 {
    let numbers = [
      id.key, id.tail, Int64(kind.rawValue), userID.key, userID.tail, expiresAt.milliseconds,
      lastUsed?.milliseconds ?? -1,
    ]
    // A token of an older Roster has no askers, and its checksum did not include any.
    return Checksum.of(numbers, [name, capabilityText ?? "*"] + askers.texts, digest)
  }

  /// The capabilities as a store may keep them: names separated by spaces; nil for no limit.
  public var capabilityText: String? {
    capabilities?.map(\.rawValue).sorted().joined(separator: " ")
  }

  /// nil if a name is unknown: such a token must not be used.
  public static func capabilities(_ text: String) -> Set<Capability>? {
    var found: Set<Capability> = []
    for word in text.words(at: " ") {
      guard let capability = Capability(rawValue: word) else { return nil }
      found.insert(capability)
    }
    return found
  }
}
