import Contract
import Secrets
import Testing
import UserMethods
import Users

/// The contract of every store for passwords, tokens, sign-in failures and idempotency records.
@Suite struct CredentialSuite {
  private let ada = Account.make(1)
  private let bob = Account.make(2)

  private func withStore(_ kind: StoreKind, _ body: (any UserStore) throws -> Void) throws {
    try kind.withStore(holding: [ada, bob], body)
  }

  // MARK: Passwords

  @Test(
    "A stored password is returned unchanged until it is replaced", arguments: StoreKind.allCases
  )
  func passwords(kind: StoreKind) throws {
    try withStore(kind) { store in
      func password(_ user: User) throws -> Password? {
        try store.reading { try store.password(of: user.id) }
      }
      #expect(try password(ada) == nil)
      let rows = [
        Sample.password(1, of: ada), Sample.password(2, of: ada, until: Sample.time(5)),
        Sample.password(3, of: ada),
      ]
      try store.writing { try store.setPassword(Sample.password(9, of: bob), of: bob.id) }
      for row in rows {
        try store.writing { try store.setPassword(row, of: ada.id) }
        #expect(try password(ada) == row)
      }
      try store.writing { try store.setPassword(nil, of: ada.id) }
      #expect(try password(ada) == nil)
      try store.writing { try store.setPassword(nil, of: ada.id) }
      #expect(try password(bob) == Sample.password(9, of: bob))
    }
  }

  // MARK: Tokens

  /// One token of each kind, with and without optional fields.
  private var tokens: [Token] {
    [
      Sample.token(3, of: ada) { token in
        token.name = "Zoë's \"laptop\""
        token.capabilities = [.read, .resetPassword]
        token.lastUsed = Sample.time(77)
      },
      Sample.token(1, of: ada, .session), Sample.token(2, of: ada, .invitation),
      Sample.token(4, of: ada, .passwordReset),
      Sample.token(5, of: ada) { $0.capabilities = Set(Capability.allCases) },
    ]
  }

  @Test("A stored token is returned unchanged, by digest and by id", arguments: StoreKind.allCases)
  func tokens(kind: StoreKind) throws {
    try withStore(kind) { store in
      try store.writing { for token in tokens { try store.insert(token) } }
      for token in tokens {
        let (byDigest, byID) = try store.reading { () throws in
          (try store.token(.digest(token.digest)), try store.token(.id(token.id)))
        }
        #expect(byDigest == token && byID == token)
      }
      try store.reading { () throws in
        #expect(try store.token(.digest(Sample.digest(99))) == nil)
        #expect(try store.token(.digest([])) == nil)
        #expect(try store.token(.id(ada.id)) == nil)
        // An id with the same key and another tail is a different id.
        #expect(try store.token(.id(UserID(key: tokens[0].id.key, tail: 99))) == nil)
      }
    }
  }

  @Test(
    "An account's tokens are returned in order of creation", arguments: StoreKind.allCases)
  func tokenOrder(kind: StoreKind) throws {
    try withStore(kind) { store in
      try store.writing {
        for token in tokens { try store.insert(token) }
        try store.insert(Sample.token(7, of: bob))
      }
      try store.reading { () throws in
        #expect(try store.tokens(of: ada.id) == tokens.sorted { $0.id.key < $1.id.key })
        #expect(try store.tokens(of: bob.id) == [Sample.token(7, of: bob)])
        #expect(try store.tokens(of: Account.owner.id) == [])
      }
    }
  }

  @Test("A token is replaced and removed by its id", arguments: StoreKind.allCases)
  func tokenChanges(kind: StoreKind) throws {
    try withStore(kind) { store in
      let (one, two) = (Sample.token(1, of: ada), Sample.token(2, of: ada))
      try store.writing { for token in [one, two] { try store.insert(token) } }
      var used = one
      used.lastUsed = Sample.time(9)
      used.capabilities = [.read]
      try store.writing { try store.replace(used) }
      #expect(try store.reading { try store.tokens(of: ada.id) } == [used, two])
      #expect(try store.reading { try store.token(.digest(one.digest)) } == used)
      try store.writing { try store.remove(used) }
      try store.reading { () throws in
        #expect(try store.token(.digest(one.digest)) == nil)
        #expect(try store.token(.id(one.id)) == nil)
        #expect(try store.tokens(of: ada.id) == [two])
      }
    }
  }

  @Test(
    "Inserting a token with a taken id fails, and the existing token stays",
    arguments: StoreKind.allCases)
  func takenTokenID(kind: StoreKind) throws {
    try withStore(kind) { store in
      let first = Sample.token(1, of: ada)
      try store.writing { try store.insert(first) }
      let twin = Token(
        id: first.id, kind: .api, userID: bob.id, digest: Sample.digest(2),
        expiresAt: first.expiresAt)
      try store.beginWrite()
      #expect(throws: StoreError.idTaken) { try store.insert(twin) }
      try store.commit()
      #expect(try store.reading { try store.tokens(of: ada.id) } == [first])
      #expect(try store.reading { try store.tokens(of: bob.id) } == [])
    }
  }

  @Test(
    "Removing an account removes its password and tokens, and those of no other account",
    arguments: StoreKind.allCases)
  func cascade(kind: StoreKind) throws {
    try withStore(kind) { store in
      try store.writing {
        for user in [ada, bob] { try store.setPassword(Sample.password(1, of: user), of: user.id) }
        for token in tokens { try store.insert(token) }
        try store.insert(Sample.token(7, of: bob))
      }
      try store.writing { try store.remove(PackedUser(ada)) }
      try store.reading { () throws in
        #expect(try store.password(of: ada.id) == nil)
        #expect(try store.tokens(of: ada.id) == [])
        for token in tokens {
          #expect(try store.token(.digest(token.digest)) == nil)
          #expect(try store.token(.id(token.id)) == nil)
        }
        #expect(try store.password(of: bob.id) == Sample.password(1, of: bob))
        #expect(try store.tokens(of: bob.id) == [Sample.token(7, of: bob)])
      }
    }
  }

  @Test("Changing or removing a token changes the revision", arguments: StoreKind.allCases)
  func revision(kind: StoreKind) throws {
    try withStore(kind) { store in
      let token = Sample.token(1, of: ada)
      try store.writing { try store.insert(token) }
      for change in [{ try store.replace(token) }, { try store.remove(token) }] {
        try store.beginWrite()
        let before = store.revision
        try change()
        #expect(store.revision != before)
        try store.commit()
      }
    }
  }

  // MARK: Failures

  @Test(
    "Sign-in failures are stored per subject until they are cleared", arguments: StoreKind.allCases)
  func attempts(kind: StoreKind) throws {
    try withStore(kind) { store in
      let (one, two) = (Sample.digest(1), Sample.digest(2))
      func set(_ attempts: Attempts?, _ subject: [UInt8], before: Int64 = 0) throws {
        try store.writing {
          try store.setAttempts(attempts, of: subject, forgottenBefore: Sample.time(before))
        }
      }
      func get(_ subject: [UInt8]) throws -> Attempts? {
        try store.reading { try store.attempts(of: subject) }
      }
      let some = Attempts(failures: 3, last: Sample.time(10))
      #expect(try get(one) == nil)
      #expect(try store.reading { try store.hasAttempts } == false)
      try store.writing { () throws in
        #expect(try !store.hasAttempts)
        try store.beginSavepoint()
        try store.setAttempts(some, of: one, forgottenBefore: Sample.time(0))
        #expect(try store.hasAttempts)
        try store.endSavepoint(isKept: false)
        #expect(try !store.hasAttempts)
      }
      try set(some, one)
      try set(Attempts(failures: 1, last: Sample.time(11)), two)
      #expect(try get(one) == some)
      try set(Attempts(failures: 4, last: Sample.time(12)), one)
      #expect(try get(one) == Attempts(failures: 4, last: Sample.time(12)))
      #expect(try store.reading { try store.hasAttempts })
      try set(nil, one)
      #expect(try get(one) == nil)
      try set(nil, one)
      // A failure at the limit is not older than it, and stays.
      try set(some, one, before: 11)
      #expect(try get(two) == Attempts(failures: 1, last: Sample.time(11)))
    }
  }

  @Test("New failures and idempotency records purge the old ones", arguments: StoreKind.allCases)
  func forgetting(kind: StoreKind) throws {
    try withStore(kind) { store in
      let old = Sample.time(1)
      try store.writing {
        for n in 0..<700 {
          let attempts = Attempts(failures: 1, last: old)
          try store.setAttempts(attempts, of: Sample.digest(n), forgottenBefore: old)
          let answer = IdempotencyRecord(request: [1], text: "true", at: old)
          try store.remember(answer, to: Sample.digest(n), forgottenBefore: old)
        }
      }
      #expect(try store.reading { try store.attempts(of: Sample.digest(0)) } != nil)
      #expect(try store.reading { try store.answer(to: Sample.digest(0)) } != nil)
      let new = Sample.time(2)
      try store.writing {
        for n in 1000..<1256 {
          let attempts = Attempts(failures: 1, last: new)
          try store.setAttempts(attempts, of: Sample.digest(n), forgottenBefore: new)
          let answer = IdempotencyRecord(request: [1], text: "true", at: new)
          try store.remember(answer, to: Sample.digest(n), forgottenBefore: new)
        }
      }
      try store.reading { () throws in
        for n in 0..<700 {
          #expect(try store.attempts(of: Sample.digest(n)) == nil)
          #expect(try store.answer(to: Sample.digest(n)) == nil)
        }
        for n in 1000..<1256 {
          #expect(try store.attempts(of: Sample.digest(n)) != nil)
          #expect(try store.answer(to: Sample.digest(n)) != nil)
        }
      }
    }
  }

  // MARK: Idempotency records

  @Test(
    "An idempotency record is returned unchanged until another one replaces it",
    arguments: StoreKind.allCases)
  func answers(kind: StoreKind) throws {
    try withStore(kind) { store in
      let rows = [
        IdempotencyRecord(request: Sample.digest(7), text: #"{"a":"é\n"}"#, at: Sample.time(1)),
        IdempotencyRecord(request: Sample.digest(8), text: "true", at: Sample.time(2)),
        IdempotencyRecord(request: [], text: "null", at: Sample.time(3)),
      ]
      #expect(try store.reading { try store.answer(to: Sample.digest(1)) } == nil)
      for row in rows {
        try store.writing {
          try store.remember(row, to: Sample.digest(1), forgottenBefore: Sample.time(0))
        }
        #expect(try store.reading { try store.answer(to: Sample.digest(1)) } == row)
      }
      #expect(try store.reading { try store.answer(to: Sample.digest(2)) } == nil)
    }
  }
}
