internal import Contract
internal import Users

/// What `users.list_tokens` tells of a token: all but the secret.
struct TokenRecord: ResultShape {
  let token: Token

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("id", token.id, "UUIDv7; its time is created_at.")
    v.field("user_id", token.userID, "Whose token it is.")
    v.field(
      "name", token.kind == .session ? nil : token.name, "What it is for; null for a session.")
    v.field(
      "scopes", token.capabilities?.map(\.rawValue).sorted(),
      "The capabilities that it is narrowed to; null for all of the account's.")
    v.field("created_at", token.id.createdAt, "When it was made.")
    v.field("expires_at", token.expiresAt, "When it ends.")
    v.field("last_used", token.lastUsed, "When it was last used, to the minute.")
    v.field(
      "kind", token.kind == .session ? TokenSort.session : .token,
      "A token that was made, or the session of somebody who signed in.")
  }

  static var sample: TokenRecord {
    let id = UserID(key: 0, tail: 0)
    let end = Timestamp(milliseconds: 0)
    return TokenRecord(token: Token(id: id, kind: .api, userID: id, digest: [], expiresAt: end))
  }
}

extension TokenRecord {
  static var example: TokenRecord {
    let (id, end) = (Story.id(140), Story.time(140).adding(30 * Lifetime.dayMs))
    var token = Token(id: id, kind: .api, userID: Story.ada.id, digest: [], expiresAt: end)
    token.name = "Nightly export"
    token.capabilities = [.read]
    return TokenRecord(token: token)
  }
}
