import Testing
import UserMethods
import Users

/// The contract of every store for the event feed.
@Suite struct EventSuite {
  private let ada = Account.make(1)
  private let bob = Account.make(2) { $0.organizationID = "globex" }
  private let robot = Account.make(3) { user in
    user.email = nil
    user.username = user.defaultUsername
    user.organizationID = nil
  }

  /// The events of these tests, which follow those that a new store begins with.
  private func story(_ start: Int64) -> [Event] {
    [
      Sample.event(start + 1, .userCreated, of: ada, actor: Account.owner, changes: #"{"é":1}"#),
      Sample.event(start + 2, .userCreated, of: bob, actor: Account.owner),
      Sample.event(start + 3, .userUpdated, of: ada, actor: ada),
      Sample.event(start + 4, .tokenCreated, of: robot),
      Sample.event(start + 5, .userUpdated, of: bob, actor: bob),
      Sample.event(start + 6, .userDeleted, of: bob, actor: Account.owner),
    ]
  }

  private func withStory(
    _ kind: StoreKind, _ body: (any UserStore, Int64, [Event]) throws -> Void
  ) throws {
    try kind.withStore { store in
      try store.put([ada, bob, robot])
      let start = try store.reading { try store.latestEvent.seq }
      let story = story(start)
      try store.writing { for event in story { try store.append(event) } }
      try body(store, start, story)
    }
  }

  private func events(_ store: any UserStore, _ query: EventQuery) throws -> [Event] {
    try store.reading {
      var events: [Event] = []
      try store.events(query) { events.append($0) }
      return events
    }
  }

  @Test("Events are returned unchanged and in order", arguments: StoreKind.allCases)
  func order(kind: StoreKind) throws {
    try withStory(kind) { store, start, story in
      let query = EventQuery(after: start, limit: 100, scope: .all)
      #expect(try events(store, query) == story)
      let latest = try store.reading { try store.latestEvent }
      #expect(latest == EventMark(seq: start + 6, at: Sample.time(start + 6)))
    }
  }

  @Test(
    "A new kept store has one event, its owner's creation; a memory store has none",
    arguments: StoreKind.allCases)
  func beginning(kind: StoreKind) throws {
    try kind.withStore { store in
      let all = try events(store, EventQuery(after: 0, limit: 10, scope: .all))
      #expect(all.count == (kind == .memory ? 0 : 1))
      #expect(all.allSatisfy { $0.type == .userCreated && $0.userID == Account.owner.id })
      #expect(try store.reading { try store.latestEvent.seq } == Int64(all.count))
      #expect(all.first?.seq ?? 1 == 1)
    }
  }

  /// A query, and the events that it finds, numbered from 1 within the story.
  private struct Row {
    let name: String
    let found: [Int]
    let change: (inout EventQuery, EventSuite) -> Void
  }

  private static var rows: [Row] {
    [
      Row(name: "all", found: [1, 2, 3, 4, 5, 6]) { _, _ in },
      Row(name: "a page", found: [1, 2]) { query, _ in query.limit = 2 },
      Row(name: "behind", found: [4, 5, 6]) { query, _ in query.after += 3 },
      Row(name: "a page behind", found: [3]) { query, _ in
        query.after += 2
        query.limit = 1
      },
      Row(name: "behind the end", found: []) { query, _ in query.after += 6 },
      Row(name: "far behind the end", found: []) { query, _ in query.after = .max },
      Row(name: "a type", found: [3, 5]) { query, _ in query.types = [.userUpdated] },
      Row(name: "two types", found: [1, 2, 6]) { query, _ in
        query.types = [.userCreated, .userDeleted]
      },
      Row(name: "a type that never was", found: []) { query, _ in query.types = [.userRestored] },
      Row(name: "no type", found: []) { query, _ in query.types = [] },
      Row(name: "a user", found: [2, 5, 6]) { query, suite in query.userID = suite.bob.id },
      Row(name: "a user's type", found: [5]) { query, suite in
        query.userID = suite.bob.id
        query.types = [.userUpdated]
      },
      Row(name: "newest first", found: [6, 5, 4]) { query, _ in
        query.order = .descending
        query.after = .max
        query.limit = 3
      },
      Row(name: "a page, newest first", found: [3, 2]) { query, _ in
        query.order = .descending
        query.after += 4
        query.limit = 2
      },
      Row(name: "from a time on", found: [4, 5, 6]) { query, _ in
        query.since = Sample.time(query.after + 4)
      },
      Row(name: "until a time", found: [1, 2, 3]) { query, _ in
        query.until = Sample.time(query.after + 4)
      },
      Row(name: "an actor", found: [1, 2, 6]) { query, _ in query.actorID = Account.owner.id },
      Row(name: "an actor within an organization", found: [2, 6]) { query, _ in
        query.actorID = Account.owner.id
        query.scope = .organization("globex")
      },
      Row(name: "an email", found: [2, 5, 6]) { query, suite in query.email = suite.bob.email },
      Row(name: "an email that nobody had", found: []) { query, _ in query.email = "no@no.no" },
      Row(name: "another user with that key", found: []) { query, suite in
        query.userID = UserID(key: suite.bob.id.key, tail: 99)
      },
      Row(name: "an organization", found: [1, 3]) { query, _ in
        query.scope = .organization("acme")
      },
      Row(name: "an organization's page", found: [3]) { query, _ in
        query.scope = .organization("acme")
        query.after += 1
        query.limit = 1
      },
      Row(name: "no organization", found: []) { query, _ in query.scope = .organization("") },
      Row(name: "a user of another one", found: []) { query, suite in
        query.scope = .organization("acme")
        query.userID = suite.bob.id
      },
      Row(name: "one's own", found: [4]) { query, suite in
        query.scope = .account(suite.robot.id)
      },
      Row(name: "nobody's own", found: []) { query, _ in
        query.scope = .account(UserID(key: 0, tail: 0))
      },
    ]
  }

  @Test(
    "Event queries filter by position, type, account, email and scope",
    arguments: StoreKind.allCases)
  func filters(kind: StoreKind) throws {
    try withStory(kind) { store, start, story in
      for row in Self.rows {
        var query = EventQuery(after: start, limit: 100, scope: .all)
        row.change(&query, self)
        let found = try events(store, query)
        #expect(found == row.found.map { story[$0 - 1] }, "\(row.name)")
      }
    }
  }

  @Test(
    "A transaction sees its own events, and events stay when their account is removed",
    arguments: StoreKind.allCases)
  func groups(kind: StoreKind) throws {
    try withStory(kind) { store, start, story in
      let next = Sample.event(start + 7, .userUpdated, of: ada)
      let query = EventQuery(after: start + 6, limit: 10, scope: .all)
      try store.beginWrite()
      try store.append(next)
      #expect(try store.latestEvent.seq == start + 7)
      var seen: [Event] = []
      try store.events(query) { seen.append($0) }
      #expect(seen == [next])
      try store.remove(PackedUser(ada))
      try store.commit()
      #expect(try events(store, EventQuery(after: start, limit: 10, scope: .all)) == story + [next])
    }
  }

  @Test(
    "The creation of an account keeps its record, also if its id was deleted and imported again",
    arguments: StoreKind.allCases)
  func creations(kind: StoreKind) throws {
    let again = Account.make(1) { $0.name = "Again" }
    var moved = again
    moved.name = "Moved"
    moved.organizationID = "globex"
    try kind.withStore { store in
      let start = try store.reading { try store.latestEvent }
      for user in [ada, again].map({ PackedUser($0) }) {
        try store.writing {
          try store.insert(user)
          try store.append(.creation(of: user, after: try store.latestEvent))
        }
        if user.withRow({ $0.name.string }) == ada.name {
          try store.writing { try store.remove(user) }
        }
      }
      try store.writing { try store.replace(PackedUser(again), with: PackedUser(moved)) }
      let told = try events(store, EventQuery(after: start.seq, limit: 10, scope: .all))
      #expect(told.map(\.changes) == [ada, again].map { .creation(of: PackedUser($0)) })
    }
  }
}
