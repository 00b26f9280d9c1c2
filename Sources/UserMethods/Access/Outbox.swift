internal import Contract
internal import JSON
public import Users

/// Hands a letter to a mailer, which has so many milliseconds for it; says whether that went well.
public typealias Postman = (_ letter: Letter, _ msMax: Int) -> Bool

/// What waits for a group to be kept: letters, and where in the replies they are told of. And where
/// secrets stand in the replies, which are not to be remembered.
public struct Outbox: Sendable {
  struct Waiting: Sendable {
    /// Where in the replies it is to be said whether the letter left.
    var places: [Int]
    var letter: Letter
    let userID: UserID
    /// Whether it is to leave: not if what it holds is good for nothing any more.
    var isWanted = true
  }

  /// How long handing over the letters of one transaction may take, all together: nothing is answered
  /// meanwhile.
  public static let deliveryMsMax = 10_000

  var letters: [Waiting] = []
  /// The accounts that letters wait for.
  public private(set) var recipients: Set<UserID> = []
  private var secrets: [Range<Int>] = []

  public init() {}

  public var isEmpty: Bool { letters.isEmpty && secrets.isEmpty }
  public var hasLetters: Bool { !letters.isEmpty }

  /// Takes over what a request has left in its own.
  public mutating func take(_ other: Outbox) {
    if other.isEmpty { return }
    letters += other.letters
    recipients.formUnion(other.recipients)
    secrets += other.secrets
  }

  mutating func post(_ letter: Letter, to user: UserID, place: Int) {
    letters.append(Waiting(places: [place], letter: letter, userID: user))
    recipients.insert(user)
  }

  mutating func addSecret(_ range: Range<Int>) { secrets.append(range) }

  /// Replies from `start` on are not sent.
  public mutating func dropPlaces(from start: Int) {
    for at in letters.indices { letters[at].places.removeAll { $0 >= start } }
    secrets.removeAll { $0.lowerBound >= start }
  }

  /// The places from `start` on, in their order.
  public func places(from start: Int) -> [Int] {
    letters.flatMap(\.places).filter { $0 >= start }.sorted()
  }

  /// What is said at `place` is said at `other` too.
  public mutating func repeatPlace(_ place: Int, at other: Int) {
    for at in letters.indices where letters[at].places.contains(place) {
      letters[at].places.append(other)
    }
  }

  /// What to remember of the reply that starts at `start`: without secrets, and without knowing
  /// whether a letter will leave.
  func remembered(_ out: borrowing ByteBuffer, from start: Int) -> String {
    var text = ByteBuffer(capacity: out.count - start + 64)
    var at = start
    func copy(to end: Int, _ text: inout ByteBuffer, _ out: borrowing ByteBuffer) {
      text.append(UnsafeBufferPointer(rebasing: out.bytes[at..<end]))
      at = end
    }
    let unknowns = places(from: start).map { $0..<$0 }
    let gaps = (secrets.filter { $0.lowerBound >= start } + unknowns)
    for gap in gaps.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      copy(to: gap.lowerBound, &text, out)
      if gap.isEmpty { text.append("null") }
      at = gap.upperBound
    }
    copy(to: out.count, &text, out)
    return text.string
  }

  /// Sends all letters that are wanted; says at which places in the replies is to be told whether one has
  /// left, and which the mailer did not take.
  mutating func send(
    _ deliver: Postman?
  ) -> (answers: [(place: Int, isDelivered: Bool)], undelivered: [Waiting]) {
    defer { clear() }
    let end = Stopwatch.nowMs + Self.deliveryMsMax
    var answers: [(place: Int, isDelivered: Bool)] = []
    var undelivered: [Waiting] = []
    for waiting in letters {
      let msLeft = end - Stopwatch.nowMs
      let isDelivered =
        waiting.isWanted && msLeft > 0 && deliver?(waiting.letter, msLeft) ?? false
      answers += waiting.places.map { ($0, isDelivered) }
      if waiting.isWanted, !isDelivered { undelivered.append(waiting) }
    }
    return (answers.sorted { $0.place < $1.place }, undelivered)
  }

  public mutating func clear() {
    letters.removeAll()
    recipients.removeAll()
    secrets.removeAll()
  }
}
