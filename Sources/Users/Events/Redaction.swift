internal import JSON
internal import Secrets

// When an account is permanently deleted, the feed and the idempotency records keep only its id,
// and what was done when.

/// A random id that no other feed has.
public func newFeedID() -> String { randomBase62(16) }

extension Event {
  /// The event without its email, changes and entry, which show who the account belonged to.
  public var redacted: Event {
    Event(
      seq: seq, type: type, at: at, actorID: actorID, userID: userID, email: nil,
      organizationID: organizationID, formerOrganizationID: formerOrganizationID, changes: .none)
  }
}

extension IdempotencyRecord {
  /// The accounts that the text contains data about.
  public var subjects: Set<UserID> {
    var found: Set<UserID> = []
    Redaction.read(text) { Redaction.collect($0, into: &found) }
    return found
  }

  /// The record without the data that shows who these accounts belonged to. The record itself
  /// stays, so that a repeated call is not run again.
  public func redacted(of users: Set<UserID>) -> IdempotencyRecord {
    var out = ByteBuffer()
    Redaction.read(text) { Redaction(of: users).write($0, into: &out) }
    var answer = IdempotencyRecord(
      request: request, text: out.count == 0 ? "null" : out.string, at: at)
    (answer.userID, answer.proof) = (userID, proof)
    return answer
  }
}

private struct Redaction {
  /// The fields of a record that do not show who the account belongs to, and stay. All other fields
  /// are removed, including new ones.
  private static let kept: Set = [
    "id", "user_id", "organization_id", "roles", "is_superuser", "is_active", "is_blocked",
    "status",
    "is_service_account", "is_developer", "is_internal", "email_verified",
    "has_completed_onboarding", "last_login", "created_at", "updated_at", "deleted_at", "version",
    "is_current", "kind", "scopes", "expires_at", "last_used", "delivered", "access_ended",
  ]

  /// The content of this field is the host's own; nothing in it counts as a record.
  private static var hosts: StaticString { "metadata" }

  private let users: Set<UserID>

  init(of users: Set<UserID>) { self.users = users }

  /// Passes the parsed text to `body`. Roster wrote the text itself, so it skips a text that it
  /// can't parse.
  static func read(_ text: String, _ body: (JSONValue) -> Void) {
    var text = text
    text.withUTF8 { bytes in
      var parser = JSONParser()
      do { body(try parser.parse(bytes)) } catch {}
    }
  }

  /// The account that an object describes or belongs to.
  private static func subject(_ object: JSONValue) -> UserID? {
    let id = object.field("user_id") ?? object.field("id")
    return id?.string.flatMap { UserID($0) }
  }

  static func collect(_ value: JSONValue, into found: inout Set<UserID>) {
    if let user = subject(value) { found.insert(user) }
    for element in value.elements { collect(element, into: &found) }
    for (key, field) in value.fields where !key.equals(hosts) {
      collect(field, into: &found)
    }
  }

  func write(_ value: JSONValue, into out: inout ByteBuffer) {
    switch value.kind {
    case .object: writeObject(value, into: &out)
    case .array:
      out.append("[")
      for element in value.elements {
        out.element()
        write(element, into: &out)
      }
      out.append("]")
    default: out.append(compact: value)
    }
  }

  private func writeObject(_ value: JSONValue, into out: inout ByteBuffer) {
    let subject = Self.subject(value).flatMap { users.contains($0) ? $0 : nil }
    out.append("{")
    for (key, field) in value.fields {
      out.appendField(key)
      if let subject, let name = key.string, !Self.kept.contains(name) {
        writeBlank(of: field, name, subject, into: &out)
      } else if key.equals(Self.hosts) {
        out.append(compact: field)
      } else {
        write(field, into: &out)
      }
    }
    out.append("}")
  }

  /// Writes the replacement of a removed field. A username becomes the id, as for an account
  /// without an email.
  private func writeBlank(
    of field: JSONValue, _ name: String, _ subject: UserID, into out: inout ByteBuffer
  ) {
    switch (name, field.kind) {
    case ("name", _): out.write("(deleted)")
    case ("username", _): out.write(subject.text)
    case (_, .array): out.append("[]")
    case (_, .object): out.append("{}")
    default: out.append("null")
    }
  }
}
