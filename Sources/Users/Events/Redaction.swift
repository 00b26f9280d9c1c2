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
  /// Without what its records tell of who has this id. The answer stays: the call is not to be done
  /// again when it is repeated.
  public func redacted(of user: UserID) -> Answer {
    var answer = Answer(request: request, text: Redaction(user).text(text), at: at)
    (answer.userID, answer.subjects, answer.proof) = (userID, subjects, proof)
    return answer
  }
}

private struct Redaction {
  private let id: String

  init(_ user: UserID) { id = user.text }

  /// What a record tells of who somebody is, and what is told instead. The username of an account
  /// without an email is its id.
  private var replacements: [(name: StaticString, value: String)] {
    [
      ("email", "null"), ("name", "\"(deleted)\""), ("username", "\"\(id)\""),
      ("avatar_url", "null"), ("company", "null"), ("job_title", "null"), ("metadata", "{}"),
      ("auto_groups", "[]"), ("oauth_provider", "null"), ("oauth_id", "null"),
    ]
  }

  func text(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      var out = ByteBuffer()
      // It was written here; what can't be read tells of nobody.
      do { write(try parser.parse(bytes), into: &out) } catch { return "null" }
      return out.string
    }
  }

  private func write(_ value: JSONValue, into out: inout ByteBuffer) {
    switch value.kind {
    case .object:
      let isTheirs = value.member("id")?.string == id
      out.append("{")
      for (key, member) in value.members {
        out.appendMember(key)
        if isTheirs, let told = replacements.first(where: { key.equals($0.name) }) {
          out.append(text: told.value)
        } else {
          write(member, into: &out)
        }
      }
      out.append("}")
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
}
