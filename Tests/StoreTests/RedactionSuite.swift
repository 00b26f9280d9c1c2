import Testing
import UserMethods
import Users

/// The contract of every store for pruning events and for redacting permanently deleted accounts.
@Suite struct RedactionSuite {
  private let ada = Account.make(1)
  private let bob = Account.make(2)

  private func withStore(_ kind: StoreKind, _ body: (any UserStore) throws -> Void) throws {
    try kind.withStore(holding: [ada, bob], body)
  }

  private func append(_ store: any UserStore, _ users: [User]) throws {
    try store.writing {
      for user in users {
        let latest = try store.latestEvent
        try store.append(
          Event(
            seq: latest.seq + 1, type: .userUpdated,
            at: Timestamp(milliseconds: latest.at.milliseconds + 1), actorID: nil, userID: user.id,
            email: user.email, organizationID: user.organizationID,
            changes: .list(ChangeList(text: #"{"name":{"after":"X"}}"#))))
      }
    }
  }

  private func events(_ store: any UserStore, after: Int64 = 0) throws -> [Event] {
    try store.reading {
      var events: [Event] = []
      try store.events(EventQuery(after: after, limit: 1000, scope: .all)) { events.append($0) }
      return events
    }
  }

  @Test(
    "Redacting an account's events removes email and changes, and keeps other events",
    arguments: StoreKind.allCases)
  func redactsEvents(kind: StoreKind) throws {
    try withStore(kind) { store in
      let start = try store.reading { try store.latestEvent.seq }
      try append(store, [ada, bob, ada])
      try store.writing { try store.redactEvents(of: ada.id) }
      let found = try events(store, after: start)
      #expect(found.map(\.seq) == [start + 1, start + 2, start + 3])
      #expect(found.map(\.email) == [nil, bob.email, nil])
      #expect(found.map { $0.changes == .none } == [true, false, true])
      #expect(found.map(\.userID) == [ada.id, bob.id, ada.id])
    }
  }

  @Test(
    "Pruning removes the oldest events up to a limit, and never the latest event",
    arguments: StoreKind.allCases)
  func prunes(kind: StoreKind) throws {
    try withStore(kind) { store in
      try append(store, Array(repeating: ada, count: 9))
      let all = try events(store)
      let latest = all[all.count - 1]
      let later = latest.at.milliseconds + 1
      func prune(_ milliseconds: Int64, limit: Int) throws -> Int {
        try store.writing {
          try store.pruneEvents(before: Timestamp(milliseconds: milliseconds), limit: limit)
        }
      }
      #expect(try prune(all[3].at.milliseconds, limit: 2) == 2)
      #expect(try events(store) == Array(all[2...]))
      #expect(try store.reading { try store.oldestEvent } == all[2].seq)
      #expect(try prune(all[3].at.milliseconds, limit: 100) == 1)
      #expect(try prune(all[3].at.milliseconds, limit: 100) == 0)
      #expect(try events(store) == Array(all[3...]))
      #expect(try prune(later, limit: 100) == all.count - 4)
      #expect(try events(store) == [latest])
      #expect(try events(store, after: latest.seq - 1) == [latest])
      try append(store, [bob])
      #expect(try events(store).map(\.seq) == [latest.seq, latest.seq + 1])
    }
  }

  @Test(
    "Redacting an account removes its data from idempotency records, which stay",
    arguments: StoreKind.allCases)
  func redactsAnswers(kind: StoreKind) throws {
    try withStore(kind) { store in
      func record(_ user: User) -> String {
        #"{"id":"\#(user.id.text)","email":"\#(user.email ?? "")","name":"N","username":"u","#
          + #""version":3,"metadata":{"a":[1]},"roles":["member"],"company":"C"}"#
      }
      let both =
        #"{"committed":true,"results":[{"result":\#(record(ada))},{"result":\#(record(bob))}]}"#
      let answer = IdempotencyRecord(request: [1], text: both, at: Sample.time(10))
      let other = IdempotencyRecord(request: [2], text: record(bob), at: Sample.time(10))
      try store.writing {
        for (n, answer) in [answer, other].enumerated() {
          try store.remember(answer, to: Sample.digest(n), forgottenBefore: Sample.time(0))
        }
        try store.redactAnswers(about: ada.id)
      }
      let found = try store.reading { try (0...1).map { try store.answer(to: Sample.digest($0)) } }
      let id = ada.id.text
      let redacted =
        #"{"id":"\#(id)","email":null,"name":"(deleted)","username":"\#(id)","version":3,"#
        + #""metadata":{},"roles":["member"],"company":null}"#
      #expect(found[0]?.text == both.replacing(record(ada), with: redacted))
      #expect(found[0]?.request == [1])
      #expect(found[1]?.text == record(bob))
    }
  }

  @Test(
    "Redacting an account leaves its id in the metadata of other accounts",
    arguments: StoreKind.allCases)
  func keepsMetadata(kind: StoreKind) throws {
    try withStore(kind) { store in
      let metadata =
        #"{"id":"\#(ada.id.text)","note":"kept","nested":{"user_id":"\#(ada.id.text)","x":[1]}}"#
      let record = { (metadata: String) in
        #"{"id":"\#(bob.id.text)","name":"B","metadata":\#(metadata)}"#
      }
      let answer = IdempotencyRecord(request: [1], text: record(metadata), at: Sample.time(10))
      try store.writing {
        try store.remember(answer, to: Sample.digest(0), forgottenBefore: Sample.time(0))
        try store.redactAnswers(about: ada.id)
      }
      let text = { try store.reading { try store.answer(to: Sample.digest(0))?.text } }
      #expect(try text() == record(metadata))
      #expect(answer.subjects == [bob.id])
      try store.writing { try store.redactAnswers(about: bob.id) }
      #expect(try text() == record("{}").replacing("\"B\"", with: "\"(deleted)\""))
    }
  }

  @Test(
    "A record stored after a deletion in the same transaction is redacted too",
    arguments: StoreKind.allCases)
  func redactsLaterAnswers(kind: StoreKind) throws {
    try withStore(kind) { store in
      func remember(_ user: User, _ n: Int) throws {
        let record = #"{"id":"\#(user.id.text)","email":"e@x.org"}"#
        try store.remember(
          IdempotencyRecord(request: [1], text: record, at: Sample.time(10)), to: Sample.digest(n),
          forgottenBefore: Sample.time(0))
      }
      try store.writing {
        try store.beginSavepoint()
        try store.redactAnswers(about: bob.id)
        try store.endSavepoint(isKept: false)
        try store.beginSavepoint()
        try store.redactAnswers(about: ada.id)
        try store.endSavepoint(isKept: true)
        try remember(ada, 0)
        try remember(bob, 1)
      }
      // The next transaction redacts nothing.
      try store.writing { try remember(ada, 2) }
      let isTold = try store.reading {
        try (0...2).map { try store.answer(to: Sample.digest($0))?.text.contains("e@x.org") }
      }
      #expect(isTold == [false, true, true])
    }
  }

  @Test(
    "A nested savepoint is rolled back alone, or together with the outer one",
    arguments: StoreKind.allCases)
  func nestedParts(kind: StoreKind) throws {
    try withStore(kind) { store in
      let users = (3...6).map { Account.make($0) }
      try store.writing {
        try store.beginSavepoint()
        try store.insert(PackedUser(users[0]))
        try store.beginSavepoint()
        try store.insert(PackedUser(users[1]))
        try store.endSavepoint(isKept: false)
        try store.endSavepoint(isKept: true)
        try store.beginSavepoint()
        try store.beginSavepoint()
        try store.insert(PackedUser(users[2]))
        try store.endSavepoint(isKept: true)
        try store.insert(PackedUser(users[3]))
        try store.endSavepoint(isKept: false)
      }
      let found = try store.reading { try users.map { try store.read(.id($0.id)) { _ in } } }
      #expect(found == [true, false, false, false])
    }
  }

  @Test("A feed keeps its id", arguments: StoreKind.allCases)
  func feedName(kind: StoreKind) throws {
    try withStore(kind) { store in
      let name = try store.reading { try store.feedID }
      try append(store, [ada])
      #expect(try store.reading { try store.feedID } == name && name.count == 16)
    }
  }
}
