import Contract
import JSON
import Users

/// An API token as `users.list_tokens` returns it.
struct KeptToken {
  let id: String
  let name: String
  let userID: String
  let scopes: [String]?
  /// The lifetime for which it was created, in days: 1 to 365; 0 if only the id is known.
  let days: Int

  /// nil for a session.
  init?(_ token: JSONValue) {
    guard token.field("kind")?.string == "token", let id = token.field("id")?.string,
      let end = token.field("expires_at").flatMap(Self.time),
      let start = token.field("created_at").flatMap(Self.time)
    else { return nil }
    self.id = id
    name = token.field("name")?.string ?? ""
    userID = token.field("user_id")?.string ?? ""
    scopes = token.field("scopes").flatMap { scopes in
      scopes.kind == .array ? scopes.elements.compactMap(\.string) : nil
    }
    let day: Int64 = 24 * 60 * 60 * 1000
    days = Int(min(365, max(1, (end.milliseconds - start.milliseconds + day / 2) / day)))
  }

  /// A token of which only the id is known.
  init(id: String) {
    self.id = id
    (name, userID, scopes, days) = (id, "", nil, 0)
  }

  private static func time(_ value: JSONValue) -> Timestamp? {
    value.string.flatMap(Timestamp.init)
  }
}
