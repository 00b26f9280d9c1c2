import Contract
import Testing

@testable import UserMethods
@testable import Users

/// The changes that an event records.
@Suite struct ChangeRecorderTests {
  private let base = Directory.id(1)
  private let recorder = ChangeRecorder()

  private func user(_ change: (inout User) -> Void = { _ in }) -> User {
    var user = User(id: base)
    user.email = "ada@acme.com"
    user.username = "ada@acme.com"
    user.name = "Ada"
    user.organizationID = "acme"
    user.roles = ["member"]
    change(&user)
    user.deriveFlags()
    return user
  }

  private func changes(_ old: User, _ new: User) -> String {
    PackedUser(old).withRow { old in
      PackedUser(new).withRow { recorder.changes(from: old, to: $0).text }
    }
  }

  @Test("A change lists each field that differs, with its values before and after")
  func changes() {
    let rows: [((inout User) -> Void, String)] = [
      ({ _ in }, "{}"),
      ({ $0.name = "Zoë \"Z\"" }, #"{"name":{"before":"Ada","after":"Zoë \"Z\""}}"#),
      ({ $0.company = "Acme" }, #"{"company":{"before":null,"after":"Acme"}}"#),
      ({ $0.organizationID = nil }, #"{"organization_id":{"before":"acme","after":null}}"#),
      ({ $0.username = "ada" }, #"{"username":{"before":"ada@acme.com","after":"ada"}}"#),
      (
        { $0.email = "a@b" },
        #"{"email":{"before":"ada@acme.com","after":"a@b"}}"#
      ),
      (
        { $0.roles = ["admin"] },
        #"{"roles":{"before":["member"],"after":["admin"]},"#
          + #""is_superuser":{"before":false,"after":true}}"#
      ),
      (
        { $0.flags.insert(.blocked) },
        #"{"is_blocked":{"before":false,"after":true},"#
          + #""status":{"before":"active","after":"disabled"}}"#
      ),
      (
        { $0.metadata = #"{"a":1}"# }, #"{"metadata":{"before":{},"after":{"a":1}}}"#
      ),
      ({ $0.autoGroups = ["x"] }, #"{"auto_groups":{"before":[],"after":["x"]}}"#),
      (
        { $0.lastLogin = Timestamp(milliseconds: 0) },
        #"{"last_login":{"before":null,"after":"1970-01-01T00:00:00.000Z"}}"#
      ),
      (
        { $0.deletedAt = Timestamp(milliseconds: 0) },
        #"{"status":{"before":"active","after":"deleted"},"#
          + #""deleted_at":{"before":null,"after":"1970-01-01T00:00:00.000Z"}}"#
      ),
      // Every change sets `version` and `updated_at`, so they are not listed.
      (
        {
          $0.version = 9
          $0.updatedAt = Timestamp(milliseconds: 9)
        }, "{}"
      ),
    ]
    for (change, text) in rows {
      let new = user(change)
      let found = changes(user(), new)
      #expect(found == text)
      // The reverse change has the same length.
      #expect(changes(new, user()).count == found.count)
      #expect(changes(new, new) == "{}")
    }
  }

  @Test("A new account's event lists the fields that have a value, and no others")
  func creation() {
    let bare = PackedUser(user()).withRow { recorder.creation(of: $0).text }
    #expect(
      bare
        == #"{"email":{"before":null,"after":"ada@acme.com"},"name":{"before":null,"after":"Ada"},"#
        + #""username":{"before":null,"after":"ada@acme.com"},"#
        + #""organization_id":{"before":null,"after":"acme"},"#
        + #""roles":{"before":null,"after":["member"]},"is_active":{"before":null,"after":true},"#
        + #""status":{"before":null,"after":"active"}}"#)
    let more = user { user in
      user.metadata = #"{"f":false}"#
      user.autoGroups = ["null"]
      user.company = "false"
      user.jobTitle = "null"
    }
    let full = PackedUser(more).withRow { recorder.creation(of: $0).text }
    for member in [
      #""metadata":{"before":null,"after":{"f":false}}"#,
      #""auto_groups":{"before":null,"after":["null"]}"#,
      #""company":{"before":null,"after":"false"}"#,
      #""job_title":{"before":null,"after":"null"}"#,
    ] { #expect(full.contains(member), "\(full)") }
  }

  @Test("A change lists every field but id, created_at, updated_at, version and is_current")
  func everyMember() {
    let untold: Set = ["id", "created_at", "updated_at", "version", "is_current"]
    var other = user { user in
      user.email = "other@x.com"
      user.username = "other"
      user.name = "Other"
      user.organizationID = "globex"
      user.roles = ["admin"]
      user.flags = [
        .blocked, .invited, .serviceAccount, .developer, .internal, .emailVerified, .onboarded,
      ]
      user.avatarURL = "https://x"
      user.company = "C"
      user.jobTitle = "J"
      user.metadata = #"{"a":1}"#
      user.autoGroups = ["g"]
      user.oauthProvider = "p"
      user.oauthID = "i"
      user.lastLogin = Timestamp(milliseconds: 1)
      user.deletedAt = Timestamp(milliseconds: 2)
      user.updatedAt = Timestamp(milliseconds: 3)
      user.version = 4
    }
    other.deriveFlags()
    let text = changes(user(), other)
    for field in UserView.describedFields {
      #expect(text.contains("\"\(field.name)\":{\"before\":") == !untold.contains(field.name))
    }
  }

  @Test("A top-level field can be removed from a change list at any position")
  func without() {
    let rows = [
      ("{}", "{}"), (#"{"a":1}"#, #"{"a":1}"#), (#"{"organization_id":1}"#, "{}"),
      (#"{"a":1,"organization_id":{"before":null,"after":"x"},"b":[2]}"#, #"{"a":1,"b":[2]}"#),
      (#"{"a":{"organization_id":1}}"#, #"{"a":{"organization_id":1}}"#),
      (#"{"organization_id":1,"é\"":{"b": "\u0041"}}"#, #"{"é\"":{"b":"\u0041"}}"#),
    ]
    for (text, rest) in rows {
      #expect(ChangeList(text: text).without("organization_id").text == rest)
    }
  }
}
