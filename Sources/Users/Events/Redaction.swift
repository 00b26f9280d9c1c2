internal import JSON
internal import Secrets

// What is left of an account in the feed and in remembered answers when it is deleted for good: that
// it was there, by its id, and what was done when.

/// A name that no other feed has.
public func newFeedID() -> String { randomBase62(16) }

extension Event {
  /// Without what tells who it was.
  public var redacted: Event {
    Event(
      seq: seq, type: type, at: at, actorID: actorID, userID: userID, email: nil,
      organizationID: organizationID, formerOrganizationID: formerOrganizationID, changes: "{}")
  }
}

extension Answer {
  /// The accounts that the text tells of.
  public var subjects: Set<UserID> {
    var found: Set<UserID> = []
    Redaction.read(text) { Redaction.collect($0, into: &found) }
    return found
  }

  /// Without what its records tell of who these accounts were. The answer stays: the call is not to be
  /// done again when it is repeated.
  public func redacted(of users: Set<UserID>) -> Answer {
    var out = ByteBuffer()
    Redaction.read(text) { Redaction(of: users).write($0, into: &out) }
    var answer = Answer(request: request, text: out.count == 0 ? "null" : out.string, at: at)
    (answer.userID, answer.proof) = (userID, proof)
    return answer
  }
}

private struct Redaction {
  /// What of a record tells nothing of who somebody is, and stays. All else goes, new members too.
  private static let kept: Set = [
    "id", "user_id", "organization_id", "roles", "is_superuser", "is_active", "is_blocked",
    "status",
    "is_service_account", "is_developer", "is_internal", "email_verified",
    "has_completed_onboarding", "last_login", "created_at", "updated_at", "deleted_at", "version",
    "is_current", "kind", "scopes", "expires_at", "last_used", "delivered", "access_ended",
  ]

  /// What is in there is the host's own, whatever it looks like: no record.
  private static var hosts: StaticString { "metadata" }

  private let users: Set<UserID>

  init(of users: Set<UserID>) { self.users = users }

  /// What an answer says was written here; what can't be read tells of nobody.
  static func read(_ text: String, _ body: (JSONValue) -> Void) {
    var text = text
    text.withUTF8 { bytes in
      var parser = JSONParser()
      do { body(try parser.parse(bytes)) } catch {}
    }
  }

  /// Whom an object is about: an account, or what belongs to one.
  private static func subject(_ object: JSONValue) -> UserID? {
    let id = object.member("user_id") ?? object.member("id")
    return id?.string.flatMap { UserID($0) }
  }

  static func collect(_ value: JSONValue, into found: inout Set<UserID>) {
    if let user = subject(value) { found.insert(user) }
    for element in value.elements { collect(element, into: &found) }
    for (key, member) in value.members where !key.equals(hosts) {
      collect(member, into: &found)
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
    for (key, member) in value.members {
      out.appendMember(key)
      if let subject, let name = key.string, !Self.kept.contains(name) {
        writeBlank(of: member, name, subject, into: &out)
      } else if key.equals(Self.hosts) {
        out.append(compact: member)
      } else {
        write(member, into: &out)
      }
    }
    out.append("}")
  }

  /// What is told instead of a member. A username takes its place by the id, as that of an account without
  /// an email.
  private func writeBlank(
    of member: JSONValue, _ name: String, _ subject: UserID, into out: inout ByteBuffer
  ) {
    switch (name, member.kind) {
    case ("name", _): out.write("(deleted)")
    case ("username", _): out.write(subject.text)
    case (_, .array): out.append("[]")
    case (_, .object): out.append("{}")
    default: out.append("null")
    }
  }
}
