import Contract
import Secrets
import Testing
import UserMethods
import Users

/// The contract of every store for the data of authorization: askers, former roles and the policy.
@Suite struct RightsSuite {
  private let ada = Account.make(1) { $0.organizationID = "acme" }
  private let bob = Account.make(2) { $0.organizationID = "beta" }
  private let text = #"{"roles":{"a":{"description":"é","grants":[]}}}"#

  private func withStore(_ kind: StoreKind, _ body: (any UserStore) throws -> Void) throws {
    try kind.withStore(holding: [ada, bob], body)
  }

  private var chains: [Askers] {
    [
      .unknown, Askers([Asker(ada.id, .none)]),
      Askers([
        Asker(bob.id, Limits(capabilities: [.read, .tokens], organization: "Zoë's \"org\"")),
        Asker(ada.id, Limits(capabilities: [])),
      ]),
    ]
  }

  @Test("Tokens and temporary passwords keep their askers", arguments: StoreKind.allCases)
  func askers(kind: StoreKind) throws {
    try withStore(kind) { store in
      for (at, askers) in chains.enumerated() {
        var token = Sample.token(at + 1, of: ada)
        token.askers = askers
        var password = Sample.password(at + 1, of: ada, until: Sample.time(5))
        password.askers = askers
        try store.writing {
          try store.insert(token)
          try store.setPassword(password, of: ada.id)
        }
        try store.reading { () throws in
          #expect(try store.token(.id(token.id)) == token)
          #expect(try store.password(of: ada.id) == password)
          #expect(try store.holder(ofToken: token.id) == ada.id)
        }
      }
      #expect(try store.reading { try store.holder(ofToken: ada.id) } == nil)
    }
  }

  @Test("Malformed texts don't parse as askers", arguments: ["x", "\t\t", "a\t*", "\t*\t\n"])
  func noAskers(text: String) { #expect(Askers(text: text) == nil) }

  @Test("An idempotency record keeps its account and its proof", arguments: StoreKind.allCases)
  func answers(kind: StoreKind) throws {
    try withStore(kind) { store in
      var answer = IdempotencyRecord(request: Sample.digest(7), text: "true", at: Sample.time(1))
      answer.userID = bob.id
      answer.proof = PasswordHash(text: "$argon2id$x")
      try store.writing {
        try store.remember(answer, to: Sample.digest(1), forgottenBefore: Sample.time(0))
      }
      #expect(try store.reading { try store.answer(to: Sample.digest(1)) } == answer)
    }
  }

  @Test(
    "Former roles stay until they are cleared, or their account is removed",
    arguments: StoreKind.allCases
  )
  func formerRoles(kind: StoreKind) throws {
    try withStore(kind) { store in
      func roles(_ user: User) throws -> FormerRoles? {
        try store.reading { try store.formerRoles(of: user.id) }
      }
      let some = FormerRoles(["annotator", "billing"], isJudged: true)
      #expect(try roles(ada) == nil)
      try store.writing {
        try store.setFormerRoles(some, of: ada.id)
        try store.setFormerRoles(FormerRoles([], isJudged: false), of: bob.id)
      }
      #expect(try roles(ada) == some)
      #expect(try roles(bob) == FormerRoles([], isJudged: false))
      try store.writing { try store.setFormerRoles(nil, of: bob.id) }
      #expect(try roles(bob) == nil)
      try store.writing { try store.remove(PackedUser(ada)) }
      #expect(try roles(ada) == nil)
    }
  }

  @Test(
    "The store keeps the policy, and a rollback restores the former one",
    arguments: StoreKind.allCases)
  func policy(kind: StoreKind) throws {
    try withStore(kind) { store in
      func policy() throws -> String? { try store.reading { try store.policyText } }
      #expect(try policy() == nil)
      let before = store.revision
      try store.writing { try store.setPolicyText(text) }
      #expect(try policy() == text)
      #expect(store.revision != before)
      try store.beginWrite()
      try store.setPolicyText(nil)
      #expect(try store.policyText == nil)
      store.rollback()
      #expect(try policy() == text)
      try store.beginWrite()
      try store.beginSavepoint()
      try store.setPolicyText("{}")
      try store.endSavepoint(isKept: false)
      #expect(try store.policyText == text)
      try store.setPolicyText(nil)
      try store.commit()
      #expect(try policy() == nil)
    }
  }

  @Test("An event without an account is returned without one", arguments: StoreKind.allCases)
  func eventOfNobody(kind: StoreKind) throws {
    try withStore(kind) { store in
      let seq = try store.reading { try store.latestEvent.seq } + 1
      let event = Event(
        seq: seq, type: .policyChanged, at: Sample.time(1), actorID: nil, userID: nil, email: nil,
        organizationID: nil, changes: .none)
      try store.writing { try store.append(event) }
      var found: [Event] = []
      try store.reading { () throws in
        try store.events(EventQuery(after: seq - 1, limit: 9, scope: .all)) { found.append($0) }
        var query = EventQuery(after: 0, limit: 9, scope: .all)
        query.userID = UserID(key: 0, tail: 0)
        try store.events(query) { found.append($0) }
      }
      #expect(found == [event])
    }
  }

  @Test("A read within a scope finds only accounts in that scope", arguments: StoreKind.allCases)
  func scopes(kind: StoreKind) throws {
    try withStore(kind) { store in
      let rows: [(Scope, Bool)] = [
        (.all, true), (.organization("acme"), true), (.organization("beta"), false),
        (.organization(""), false), (.account(ada.id), true), (.account(bob.id), false),
        (.account(UserID(key: ada.id.key, tail: 99)), false),
      ]
      try store.reading { () throws in
        for (scope, isFound) in rows {
          for reference in [UserReference.id(ada.id), .email(ada.email ?? "")] {
            var found: UserID?
            #expect(
              try store.read(reference, within: scope) { found = $0.id } == isFound, "\(scope)")
            #expect(found == (isFound ? ada.id : nil))
          }
        }
        #expect(try !store.read(.nobody, within: .all) { _ in })
      }
    }
  }
}
