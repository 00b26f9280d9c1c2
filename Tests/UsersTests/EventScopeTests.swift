import Contract
import Foundation
import Testing
import UserMethods
import Users

/// The events that each reader gets from the feed.
@Suite struct EventScopeTests {
  /// An admin's calls, which create accounts and move them between organizations. Each comment is
  /// the number of the call's event.
  private static let story = [
    "users.create email=a@acme.com name=A org_id=acme",  // 1
    "users.create email=g@globex.com name=G org_id=globex",  // 2
    "users.update user_id=g@globex.com company=Old",  // 3
    "users.update user_id=g@globex.com org_id=acme company=New",  // 4
    "users.update user_id=a@acme.com job_title=Boss",  // 5
    "users.update user_id=a@acme.com org_id=globex",  // 6
    "users.update user_id=a@acme.com company=Gone",  // 7
    "users.create email=x@initech.com name=X org_id=initech",  // 8
  ]
  /// These include 6 and 4, the events of accounts that left.
  private static let ofAcme = [1, 4, 5, 6]
  private static let ofGlobex = [2, 3, 4, 6, 7]

  private static func directory(_ story: [String] = story) throws -> Directory {
    let directory = try Directory()
    let admin = try directory.add(1, "admin@acme.com", roles: ["admin"])
    for call in story { #expect(directory.client(admin).ask(call).isDone) }
    return directory
  }

  /// A reader that is limited to an organization, by a custom role or by the launch.
  enum Reader: CaseIterable {
    case watcher, admin
  }

  private static func client(_ directory: Directory, _ reader: Reader, in organization: String)
    throws -> Client
  {
    var limits = LaunchLimits()
    switch reader {
    case .watcher:
      let user = try directory.add(
        30, "watcher@\(organization).com", roles: ["watcher"], organization: organization)
      return directory.client(user)
    case .admin:
      limits.organization = organization
      return directory.client(.user(Directory.id(1)), limits)
    }
  }

  private func numbers(_ reply: Reply) -> [Int] {
    reply.list("result.events").compactMap { $0["seq"] as? Int }
  }

  @Test(
    "A reader in an organization gets only the events of that organization",
    arguments: Reader.allCases, [("acme", ofAcme), ("globex", ofGlobex), ("nowhere", [])])
  func scoped(reader: Reader, own: (organization: String, numbers: [Int])) throws {
    let client = try Self.client(try Self.directory(), reader, in: own.organization)
    let reply = client.ask("users.events")
    #expect(numbers(reply) == own.numbers)
    let organizations = reply.list("result.events").map { $0["organization_id"] as? String }
    #expect(organizations.allSatisfy { $0 == own.organization || $0 == nil })
    // No other organization shows, not even as a value from before a change.
    for other in ["acme", "globex", "initech"] where other != own.organization {
      let shown = reply.text.replacing("@\(other).com", with: "")
      #expect(!shown.contains("\"\(other)\""), "\(reply)")
    }
  }

  @Test("A reader of all organizations sees where a moved account came from")
  func whole() throws {
    let directory = try Self.directory()
    let reply = directory.client(.user(Directory.id(1))).ask("users.events")
    #expect(numbers(reply) == Array(1...8) && reply.int("result.next") == 8)
    #expect(reply.text.contains(#""organization_id":{"before":"globex","after":"acme"}"#))
  }

  @Test(
    "Pages skip the events of other organizations, and the last page skips all of them",
    arguments: Reader.allCases)
  func pages(reader: Reader) throws {
    let directory = try Self.directory()
    let client = try Self.client(directory, reader, in: "acme")
    var seen: [Int] = []
    var after = 0
    for _ in 0..<10 {
      let page = client.ask("users.events after=\(after) limit=1")
      seen += numbers(page)
      guard let next = page.int("result.next"), next != after else { break }
      after = next
    }
    #expect(seen == Self.ofAcme)
    #expect(after == 8)
    for number in [6, 7, 8] {
      #expect(client.ask("users.events after=\(number)").int("result.next") == 8)
    }
    #expect(client.ask("users.subscribe").int("result.after") == 8)
    #expect(client.ask("users.subscribe after=2").int("result.after") == 2)
  }

  @Test(
    "Filters and order select among the events that a reader sees",
    arguments: Reader.allCases, ["acme", "globex", "nowhere"])
  func selections(reader: Reader, organization: String) throws {
    let client = try Self.client(try Self.directory(), reader, in: organization)
    let all = client.ask("users.events").list("result.events")
    for number in 1...9 {
      let id = Directory.id(Int64(number)).text
      for name in ["actor_id", "user_id"] {
        let found = numbers(client.ask("users.events \(name)=\(id)"))
        let wanted = all.filter { $0[name] as? String == id }.compactMap { $0["seq"] as? Int }
        #expect(found == wanted, "\(name) \(number)")
      }
    }
    var (newest, after): ([Int], String) = ([], "")
    for _ in 0..<10 {
      let page = client.ask("users.events order=desc limit=2\(after)")
      newest += numbers(page)
      guard page["result.has_more"] as? Bool == true else { break }
      after = " after=\(page.int("result.next") ?? 0)"
    }
    #expect(newest == all.reversed().compactMap { $0["seq"] as? Int })
  }

  @Test("The events of a soft-deleted actor are found by the actor's id and email")
  func deletedActor() throws {
    let directory = try Self.directory()
    let actor = try directory.add(20, "boss@acme.com", roles: ["admin"], organization: "acme")
    #expect(directory.client(actor).ask("users.update user_id=g@globex.com company=Newer").isDone)
    let owner = directory.client(.user(Directory.id(1)))
    #expect(owner.ask("users.delete user_id=boss@acme.com mode=soft").isDone)
    for reader in Reader.allCases {
      let client = try Self.client(directory, reader, in: "acme")
      for name in [Directory.id(20).text, "boss@acme.com"] {
        let found = client.ask("users.events actor_id=\(name)").list("result.events")
        #expect(found.count == 1, "\(reader) \(name)")
      }
    }
  }

  @Test(
    "The feed of an organization without events is read in one page", arguments: Reader.allCases)
  func quiet(reader: Reader) throws {
    let client = try Self.client(try Self.directory(), reader, in: "nowhere")
    #expect(client.ask("users.subscribe").int("result.after") == 8)
    #expect(client.ask("users.events").text.contains(#"{"events":[],"next":8,"has_more":false,"#))
  }

  @Test(
    "An account that enters an organization has an event there as if it were created",
    arguments: Reader.allCases)
  func entry(reader: Reader) throws {
    let directory = try Self.directory()
    let client = try Self.client(directory, reader, in: "acme")
    let entry = client.ask("users.events after=3 limit=1").list("result.events")[0]
    #expect(entry["type"] as? String == "user_created")
    let changes = try #require(entry["changes"] as? [String: [String: Any]])
    for (member, value) in ["email": "g@globex.com", "name": "G", "company": "New"] {
      #expect(changes[member]?["after"] as? String == value)
      #expect(changes[member]?["before"] is NSNull)
    }
    // Filters by type use the type that the reader sees.
    #expect(numbers(client.ask(#"users.events types=["user_created"]"#)) == [1, 4])
    #expect(numbers(client.ask(#"users.events types=["user_updated"]"#)) == [5, 6])
    let admin = directory.client(.user(Directory.id(1)))
    #expect(numbers(admin.ask(#"users.events types=["user_updated"]"#)) == [3, 4, 5, 6, 7])
  }

  @Test(
    "A sequence number after the latest, or the id of another feed, is a conflict",
    arguments: [
      "users.events after=9", "users.subscribe after=9", "users.events feed_id=other",
      "users.subscribe after=3 feed_id=other",
    ])
  func otherFeed(call: String) throws {
    let admin = try Self.directory().client(.user(Directory.id(1)))
    let reply = admin.ask(call)
    #expect(reply.code == 409 && reply.reason == "feed_changed", "\(reply)")
    let feed = admin.ask("users.events").string("result.feed_id")
    #expect(admin.ask("users.events after=8 feed_id=\(feed)").isDone)
    #expect(admin.ask("users.subscribe").string("result.feed_id") == feed)
    let other = try Directory()
    #expect(other.store.feedID != feed)
  }

  @Test(
    "The event of an entry keeps the values of its time, wherever the account moves later",
    arguments: Reader.allCases)
  func entryAsItWas(reader: Reader) throws {
    let directory = try Self.directory(
      Self.story + [
        "users.update user_id=g@globex.com org_id=initech company=Secret",
        "users.update user_id=g@globex.com email=hidden@initech.com name=Hidden",
      ])
    let text = try Self.client(directory, reader, in: "acme").ask("users.events").text
    #expect(text.contains(#""company":{"before":null,"after":"New"}"#))
    for word in ["Secret", "Hidden", "hidden@"] { #expect(!text.contains(word), "\(text)") }
  }

  @Test("A subscriber whose scope has shrunk gets only events in the new scope, earlier ones too")
  func narrowedSubscription() throws {
    let directory = try Self.directory([])
    let other = directory.client(try directory.add(2, "other@acme.com", roles: ["admin"]))
    let client = directory.client(.user(Directory.id(1)))
    #expect(client.ask("users.subscribe").isDone)
    #expect(other.ask("users.create email=x@initech.com name=X org_id=initech").isDone)
    #expect(other.ask("users.create email=a@acme.com name=A org_id=acme").isDone)
    #expect(
      other.ask(#"users.update user_id=admin@acme.com roles=["watcher"] org_id=acme"#).isDone)
    var told: [Event] = []
    _ = client.control.takeEvents { if case .event(let event) = $0 { told.append(event) } }
    #expect(told.map(\.organizationID) == ["acme", "acme"])
  }

  @Test("A small change of large metadata makes a small event with the changed fields")
  func metadataChange() throws {
    let admin = try Self.directory([]).client(.user(Directory.id(1)))
    let much = String(repeating: "x", count: 7000)
    let all = #"{"a":"\#(much)","b":{"c":"\#(much)","d":1},"e":2}"#
    let create = #"{"email":"m@acme.com","name":"M","org_id":"acme","metadata":\#(all)}"#
    #expect(admin.call("users.create", create).isDone)
    let merge = #"{"b":{"d":3,"f":[4]},"e":null}"#
    #expect(
      admin.call("users.update", #"{"user_id":"m@acme.com","metadata":\#(merge)}"#).isDone)
    let reply = admin.ask("users.events after=1")
    #expect(
      reply.text.contains(
        #""metadata":{"before":{"b":{"d":1},"e":2},"after":{"b":{"d":3,"f":[4]}}}"#))
    #expect(reply.text.utf8.count < 1000)
  }

  @Test("Filters stay within the reader's organization", arguments: Reader.allCases)
  func filters(reader: Reader) throws {
    let directory = try Self.directory()
    let admin = directory.client(.user(Directory.id(1)))
    let ids = ["a@acme.com", "g@globex.com", "x@initech.com"].map {
      admin.ask("users.get user_id=\($0)").string("result.id")
    }
    let client = try Self.client(directory, reader, in: "acme")
    // By id, the filter finds events from the account's time in the organization.
    #expect(numbers(client.ask("users.events user_id=\(ids[0])")) == [1, 5, 6])
    #expect(numbers(client.ask("users.events user_id=\(ids[1])")) == [4])
    let foreign = client.ask("users.events user_id=\(ids[2])")
    #expect(foreign == client.ask("users.events user_id=\(Directory.id(99).text)"))
    // By email, the filter finds present accounts only, and the first one has moved away.
    #expect(numbers(client.ask("users.events user_id=a@acme.com")) == [])
    #expect(
      client.ask("users.events user_id=a@acme.com")
        == client.ask("users.events user_id=no@acme.com"))
  }

  @Test("A subscriber in an organization gets only its events", arguments: Reader.allCases)
  func subscription(reader: Reader) throws {
    let directory = try Self.directory([])
    let admin = directory.client(.user(Directory.id(1)))
    let client = try Self.client(directory, reader, in: "acme")
    #expect(client.ask("users.subscribe").isDone)
    var told: [Event] = []
    for call in Self.story {
      #expect(admin.ask(call).isDone)
      let pending = client.control.takeEvents {
        if case .event(let event) = $0 { told.append(event) }
      }
      #expect(pending == .none)
    }
    #expect(told.map { Int($0.seq) } == Self.ofAcme)
    // Only the event of a leaving account names the former organization.
    let moves = told.filter { $0.changes.list.text.contains(#""organization_id":{"before":""#) }
    #expect(moves.map { Int($0.seq) } == [6] && moves[0].organizationID == nil)
  }

  @Test(
    "A subscriber that loses the right to read gets no events, and resumes when it is back",
    arguments: [
      (
        "users.update user_id=watcher@acme.com is_blocked=true",
        "users.update user_id=watcher@acme.com is_blocked=false"
      ),
      (
        #"users.update user_id=watcher@acme.com roles=["member"]"#,
        #"users.update user_id=watcher@acme.com roles=["watcher"]"#
      ),
      ("users.delete user_id=watcher@acme.com", nil),
    ])
  func pausedSubscription(call: String, undone: String?) throws {
    let directory = try Self.directory([])
    let admin = directory.client(.user(Directory.id(1)))
    let client = try Self.client(directory, .watcher, in: "acme")
    #expect(client.ask("users.subscribe").isDone)
    var count = 0
    #expect(admin.ask("users.create email=a@acme.com name=A org_id=acme").isDone)
    _ = client.control.takeEvents { _ in count += 1 }
    #expect(count == 1)
    #expect(admin.ask(call).isDone)
    #expect(admin.ask("users.create email=b@acme.com name=B org_id=acme").isDone)
    _ = client.control.takeEvents { _ in count += 1 }
    #expect(count == 1)
    #expect(!client.ask("users.events").isDone)
    guard let undone else { return }
    #expect(admin.ask(undone).isDone)
    _ = client.control.takeEvents { _ in count += 1 }
    // These include the events of the subscriber's own account.
    #expect(count == 4)
  }

  @Test("Events hold no secret") func secrets() throws {
    let directory = try Self.directory([])
    let admin = directory.client(.user(Directory.id(1)))
    var secrets: [String] = []
    let link = admin.ask("users.create email=a@acme.com name=A org_id=acme invite_mode=email_link")
    secrets.append(link.string("result.one_time.invitation_token"))
    secrets.append(
      admin.ask("users.create_token name=x").string("result.token"))
    let accepted = #"{"token":"\#(secrets[0])","password":"canary horse"}"#
    #expect(admin.call("users.accept_invitation", accepted).isDone)
    secrets += [
      "canary horse",
      admin.ask("users.reset_password user_id=a@acme.com").string("result.one_time.reset_token"),
    ]
    #expect(secrets.allSatisfy { $0.count > 10 })
    let events = admin.ask("users.events")
    #expect(events.list("result.events").count == 5)
    for secret in secrets { #expect(!events.text.contains(secret)) }
    #expect(!events.text.contains("argon2"))
  }
}
