internal import Contract
internal import Users

/// A token as `users.list_tokens` returns it, without its secret.
struct TokenRecord: ResultSchema {
  let token: Token

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("id", token.id, "UUIDv7; its time is created_at.")
    v.field("user_id", token.userID, "Id of the token's account.")
    v.field(
      "name", token.kind == .session ? nil : token.name, "Name of the token; null for a session.")
    v.field(
      "scopes", token.capabilities?.map(\.rawValue).sorted(),
      "Capabilities that the token is limited to; null for all of the account's.")
    v.field("created_at", token.id.createdAt, "When it was created.")
    v.field("expires_at", token.expiresAt, "When it ends.")
    v.field("last_used", token.lastUsed, "When it was last used, to the minute.")
    v.field(
      "kind", token.kind == .session ? TokenSort.session : .token,
      "token for an API token, session for a sign-in.")
  }

  static var sample: TokenRecord {
    let id = UserID(key: 0, tail: 0)
    let end = Timestamp(milliseconds: 0)
    return TokenRecord(token: Token(id: id, kind: .api, userID: id, digest: [], expiresAt: end))
  }
}

extension TokenRecord {
  static var example: TokenRecord {
    let (id, end) = (ExampleData.id(140), ExampleData.time(140).adding(30 * Lifetime.dayMs))
    var token = Token(id: id, kind: .api, userID: ExampleData.ada.id, digest: [], expiresAt: end)
    token.name = "Nightly export"
    token.capabilities = [.read]
    return TokenRecord(token: token)
  }
}
