import Testing
import UserMethods
import Users

/// Transactions and savepoints: a rollback undoes every change, a commit or release keeps them.
@Suite struct SavepointSuite {
  private let ada = Account.make(1) { $0.name = "Ágnes" }
  private let bob = Account.make(2)
  private let gone = Account.make(3).deleted(at: Sample.time(1))

  /// A store that holds everything that `change` changes.
  private func withStore(_ kind: StoreKind, _ body: (any UserStore) throws -> Void) throws {
    try kind.withStore { store in
      try store.put([ada, bob, gone])
      try store.writing {
        try store.setPassword(Sample.password(1, of: ada), of: ada.id)
        try store.setPassword(Sample.password(2, of: bob), of: bob.id)
        for n in 1...3 { try store.insert(Sample.token(n, of: ada)) }
        try store.insert(Sample.token(4, of: bob))
        for n in 1...2 {
          try store.setAttempts(
            Attempts(failures: n, last: Sample.time(10)), of: Sample.digest(n),
            forgottenBefore: Sample.time(0))
          try store.remember(
            IdempotencyRecord(request: [1], text: "\(n)", at: Sample.time(10)),
            to: Sample.digest(n),
            forgottenBefore: Sample.time(0))
        }
        try store.append(Sample.event(try store.latestEvent.seq + 1, of: ada))
      }
      try body(store)
    }
  }

  /// One change of every kind: insert, replace, remove, delete and restore. `n` numbers the calls.
  private func change(_ store: any UserStore, _ n: Int) throws {
    let new = Account.make(10 + n) { $0.name = "Changed Ágnes \(n)" }
    try store.insert(PackedUser(new))
    try store.insert(Sample.token(10 + n, of: new))
    try store.setPassword(Sample.password(10 + n, of: new), of: new.id)
    try store.setAttempts(
      Attempts(failures: 9, last: Sample.time(20)), of: Sample.digest(10 + n),
      forgottenBefore: Sample.time(0))
    try store.remember(
      IdempotencyRecord(request: [2], text: "\(n)", at: Sample.time(20)), to: Sample.digest(10 + n),
      forgottenBefore: Sample.time(0))
    try store.append(Sample.event(try store.latestEvent.seq + 1, .userCreated, of: new))
    try store.setAttempts(nil, of: Sample.digest(1), forgottenBefore: Sample.time(0))
    try store.remember(
      IdempotencyRecord(request: [3], text: "again \(n)", at: Sample.time(20)),
      to: Sample.digest(1),
      forgottenBefore: Sample.time(0))
    if n == 1 { try changeOld(store) }
  }

  private func changeOld(_ store: any UserStore) throws {
    var changed = ada
    changed.name = "Changed"
    changed.email = "changed@example.com"
    changed.username = "changed@example.com"
    changed.organizationID = "globex"
    try store.replace(PackedUser(ada), with: PackedUser(changed))
    try store.replace(PackedUser(changed), with: PackedUser(changed.deleted(at: Sample.time(5))))
    try store.replace(PackedUser(gone), with: PackedUser(gone.restored))
    try store.setPassword(Sample.password(5, of: ada), of: ada.id)
    try store.remove(Sample.token(1, of: ada))
    try store.replace(Sample.token(2, of: ada) { $0.lastUsed = Sample.time(3) })
    try store.remove(PackedUser(bob))
  }

  private func everything(_ store: any UserStore) throws -> Everything {
    try store.reading { try Everything(store) }
  }

  @Test(
    "A rollback restores the state before the transaction", arguments: StoreKind.allCases)
  func abandoned(kind: StoreKind) throws {
    try withStore(kind) { store in
      let before = try everything(store)
      try store.beginWrite()
      try change(store, 1)
      #expect(try Everything(store) != before)
      store.rollback()
      #expect(try everything(store) == before)
      // The next transaction works on the restored state.
      try store.writing { try change(store, 1) }
      #expect(try everything(store) != before)
    }
  }

  @Test(
    "Rolling back a savepoint restores the state before it",
    arguments: StoreKind.allCases)
  func undone(kind: StoreKind) throws {
    try withStore(kind) { store in
      try store.beginWrite()
      try change(store, 2)
      let before = try Everything(store)
      try store.beginSavepoint()
      try change(store, 1)
      #expect(try Everything(store) != before)
      try store.endSavepoint(isKept: false)
      #expect(try Everything(store) == before)
      try store.commit()
      #expect(try everything(store) == before)
    }
  }

  @Test("A savepoint can be rolled back without any read within it", arguments: StoreKind.allCases)
  func undoneUnseen(kind: StoreKind) throws {
    try withStore(kind) { store in
      let before = try everything(store)
      try store.beginWrite()
      try store.beginSavepoint()
      try change(store, 1)
      try store.endSavepoint(isKept: false)
      try store.commit()
      #expect(try everything(store) == before)
    }
  }

  @Test("A released savepoint gives the same result as no savepoint", arguments: StoreKind.allCases)
  func kept(kind: StoreKind) throws {
    var all: [Everything] = []
    for hasPart in [true, false] {
      try withStore(kind) { store in
        try store.beginWrite()
        if hasPart { try store.beginSavepoint() }
        try change(store, 1)
        if hasPart { try store.endSavepoint(isKept: true) }
        try change(store, 2)
        try store.commit()
        all.append(try everything(store))
      }
    }
    // Each file begins with an event of its own time.
    for at in all.indices { all[at].events.removeAll { $0.userID == Account.owner.id } }
    #expect(all[0] == all[1])
  }

  @Test(
    "A rollback of the transaction undoes its released, rolled back and open savepoints",
    arguments: StoreKind.allCases)
  func abandonedPart(kind: StoreKind) throws {
    try withStore(kind) { store in
      let before = try everything(store)
      for isKept in [true, false] {
        try store.beginWrite()
        try store.beginSavepoint()
        try change(store, 1)
        try store.endSavepoint(isKept: isKept)
        try change(store, 2)
        store.rollback()
        #expect(try everything(store) == before)
      }
      // The savepoint is still open.
      try store.beginWrite()
      try store.beginSavepoint()
      try change(store, 1)
      store.rollback()
      #expect(try everything(store) == before)
    }
  }

  @Test(
    "Consecutive savepoints are released or rolled back independently",
    arguments: StoreKind.allCases)
  func several(kind: StoreKind) throws {
    try withStore(kind) { store in
      try store.beginWrite()
      try store.beginSavepoint()
      try change(store, 3)
      try store.endSavepoint(isKept: false)
      try store.beginSavepoint()
      try change(store, 1)
      try store.endSavepoint(isKept: true)
      let kept = try Everything(store)
      try store.beginSavepoint()
      try change(store, 2)
      try store.endSavepoint(isKept: false)
      #expect(try Everything(store) == kept)
      try store.commit()
      #expect(try everything(store) == kept)
    }
  }

  @Test(
    "Rolling back a savepoint or a transaction changes the revision", arguments: StoreKind.allCases)
  func revision(kind: StoreKind) throws {
    try withStore(kind) { store in
      try store.beginWrite()
      try store.beginSavepoint()
      try change(store, 1)
      let within = store.revision
      try store.endSavepoint(isKept: false)
      #expect(store.revision != within)
      try change(store, 1)
      let later = store.revision
      store.rollback()
      #expect(store.revision != later)
    }
  }
}
