import Contract
import Testing
import UserMethods
import Users

/// Random operations on all stores and on a model of plain arrays; every result must be the same.
@Suite struct ModelTest {
  @Test(
    "All stores return the same results as a model of plain arrays",
    arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func agreement(seed: UInt64) throws {
    try StoreKind.memory.withStore { memory in
      try StoreKind.file.withStore { file in
        try StoreKind.postgres.withStore { postgres in
          var drive = try Drive(stores: [memory, file, postgres], random: SplitMix(state: seed))
          for _ in 0..<300 { try drive.step() }
          #expect(drive.comparisons > 5000)
          // Every kind of change happened more than 10 times.
          for change in Change.allCases {
            #expect(drive.done[change, default: 0] > 10, "\(change)")
          }
        }
      }
    }
  }
}

/// A small random generator with a seed (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The changes that a step can make.
enum Change: CaseIterable {
  case insert, replace, remove, softDelete, restore
  case setPassword, removePassword, insertToken, replaceToken, removeToken
  case setAttempts, removeAttempts, remember, append
  case keepPart, undoPart, abandon
}

struct Drive {
  let stores: [any UserStore]
  var random: SplitMix
  var model = Model()
  var comparisons = 0
  var done: [Change: Int] = [:]
  private static let importedCount = 40
  private var made = 0

  init(stores: [any UserStore], random: SplitMix) throws {
    self.stores = stores
    self.random = random
    // A kept store begins with an event of its own time. All stores get the same second event, and
    // lose the first.
    let (first, second) = (Sample.event(1, of: Account.owner), Sample.event(2, of: Account.owner))
    for store in stores {
      try store.writing {
        if try store.latestEvent.seq == 0 { try store.append(first) }
        try store.append(second)
        let count = try store.pruneEvents(before: Timestamp(milliseconds: .max), limit: 1)
        #expect(count == 1)
      }
    }
    model.events = [second]
    // Imported accounts are in the file store's index of searches, where a few new ones would wait.
    for store in stores {
      try store.beginWrite()
      _ = try store.beginImport()
    }
    for _ in 0..<Self.importedCount { _ = try insert() }
    for store in stores {
      try store.endImport()
      try store.commit()
    }
  }

  mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }

  mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func time() -> Timestamp { Sample.time(Int64(number(0..<300))) }

  // MARK: Steps

  /// One transaction with savepoints, committed or rolled back; compares within it and after it.
  mutating func step() throws {
    let before = model
    let isAbandoned = chance(10)
    for store in stores { try store.beginWrite() }
    for _ in 0..<(chance(40) ? 5 : 1) { if chance(25) { try part() } else { try change() } }
    if chance(30) { try compare() }
    for store in stores { if isAbandoned { store.rollback() } else { try store.commit() } }
    if isAbandoned {
      model = before
      done[.abandon, default: 0] += 1
    }
    for store in stores { try store.beginRead() }
    for _ in 0..<2 { try compare() }
    for store in stores { try store.commit() }
  }

  private mutating func part() throws {
    let before = model
    let isKept = chance(50)
    for store in stores { try store.beginSavepoint() }
    for _ in 0..<number(1..<4) { try change() }
    if chance(20) { try compare() }
    for store in stores { try store.endSavepoint(isKept: isKept) }
    if !isKept { model = before }
    done[isKept ? .keepPart : .undoPart, default: 0] += 1
    if chance(30) { try compare() }
  }

  private mutating func change() throws {
    // At least half of the changes are to accounts, because everything else belongs to an account.
    let accounts: [Change] = [.insert, .insert, .insert, .replace, .softDelete, .restore, .remove]
    let others = Change.allCases.filter { ![.keepPart, .undoPart, .abandon].contains($0) }
    let change = chance(50) ? pick(accounts) : pick(others)
    if try make(change) { done[change, default: 0] += 1 }
  }

  /// False if the store holds nothing that can be changed in this way.
  private mutating func make(_ change: Change) throws -> Bool {
    switch change {
    case .insert: return try insert()
    case .replace:
      return try replace { drive, user in drive.chance(50) ? drive.randomized(user) : user }
    case .softDelete:
      return try replace { drive, user in
        user.flags.contains(.deleted) ? nil : user.deleted(at: drive.time())
      }
    case .restore:
      return try replace { _, user in user.flags.contains(.deleted) ? user.restored : nil }
    case .remove:
      guard let user = model.users.randomElement(using: &random) else { return false }
      for store in stores { try store.remove(PackedUser(user)) }
      model.remove(user)
      return true
    default: return try makeOther(change)
    }
  }

  private mutating func makeOther(_ change: Change) throws -> Bool {
    switch change {
    case .setPassword: return try setPassword(isNil: false)
    case .removePassword: return try setPassword(isNil: true)
    case .insertToken, .replaceToken, .removeToken: return try changeToken(change)
    case .setAttempts, .removeAttempts: return try setAttempts(isNil: change == .removeAttempts)
    case .remember: return try remember()
    default: return try append()
    }
  }

  // MARK: Accounts

  /// Whether `user` is free of conflicts, on which the stores must agree with the model. A deleted
  /// account conflicts with no other.
  private mutating func isFree(_ user: User) throws -> Bool {
    if user.flags.contains(.deleted) { return true }
    let expected = model.conflict(of: user)
    for store in stores {
      comparisons += 1
      #expect(try store.conflict(of: user, isNew: false) == expected, "\(store.kind): \(user)")
    }
    return expected == nil
  }

  private mutating func insert() throws -> Bool {
    made += 1
    let user = randomized(Account.make(made))
    guard try isFree(user) else { return false }
    for store in stores { try store.insert(PackedUser(user)) }
    model.users.append(user)
    return true
  }

  /// Replaces a random account by the result of `change`, which is nil if it does not apply to it.
  private mutating func replace(_ change: (inout Drive, User) -> User?) throws -> Bool {
    guard let old = model.users.randomElement(using: &random), var new = change(&self, old) else {
      return false
    }
    new.version += 1
    guard try isFree(new) else { return false }
    for store in stores { try store.replace(PackedUser(old), with: PackedUser(new)) }
    model.replace(new)
    return true
  }

  // MARK: Credentials

  private mutating func setPassword(isNil: Bool) throws -> Bool {
    guard let user = model.users.randomElement(using: &random) else { return false }
    let end = chance(50) ? time() : nil
    let password = isNil ? nil : Sample.password(number(0..<100), of: user, until: end)
    for store in stores { try store.setPassword(password, of: user.id) }
    model.passwords[user.id] = password
    return true
  }

  private mutating func changeToken(_ change: Change) throws -> Bool {
    if change == .insertToken {
      guard let user = model.users.randomElement(using: &random) else { return false }
      made += 1
      let token = Sample.token(made, of: user, pick(TokenKind.allCases))
      for store in stores { try store.insert(token) }
      model.tokens.append(token)
      return true
    }
    guard var token = model.tokens.randomElement(using: &random) else { return false }
    if change == .removeToken {
      for store in stores { try store.remove(token) }
      model.tokens.removeAll { $0.id == token.id }
    } else {
      token.lastUsed = chance(80) ? time() : nil
      token.name = pick(["", "laptop", "Zoë"])
      token.capabilities = chance(50) ? [.read, pick(Capability.allCases)] : nil
      for store in stores { try store.replace(token) }
      model.replace(token)
    }
    return true
  }

  private mutating func setAttempts(isNil: Bool) throws -> Bool {
    let subject = number(0..<8)
    let limit = time()
    let attempts = isNil ? nil : Attempts(failures: number(1..<9), last: time())
    for store in stores {
      try store.setAttempts(attempts, of: Sample.digest(subject), forgottenBefore: limit)
    }
    model.set(attempts, subject, forgottenBefore: limit)
    return true
  }

  private mutating func remember() throws -> Bool {
    let key = number(0..<8)
    let limit = time()
    let answer = IdempotencyRecord(
      request: Sample.digest(number(0..<9)), text: pick(["true", #"{"a":"é"}"#]), at: time())
    for store in stores {
      try store.remember(answer, to: Sample.digest(key), forgottenBefore: limit)
    }
    model.remember(answer, key, forgottenBefore: limit)
    return true
  }

  private mutating func append() throws -> Bool {
    guard let user = model.users.randomElement(using: &random) else { return false }
    let actor = chance(70) ? model.users.randomElement(using: &random) : nil
    let seq = (model.events.last?.seq ?? 0) + 1
    let event = Sample.event(
      seq, pick(EventType.allCases), of: user, actor: actor, changes: pick(["{}", #"{"a":1}"#]))
    for store in stores { try store.append(event) }
    model.events.append(event)
    return true
  }
}
