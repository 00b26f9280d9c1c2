internal import Contract
internal import JSON
public import Users

/// Passes an email to the mailer within `msMax` milliseconds; returns whether it was accepted.
public typealias Postman = (_ letter: Letter, _ msMax: Int) -> Bool

/// The emails that wait for the commit, with the offsets in the replies that report them; and the
/// ranges of secrets in the replies, which are not stored.
public struct PendingMail: Sendable {
  struct Waiting: Sendable {
    /// Offsets in the replies at which to insert whether the email was sent.
    var offsets: [Int]
    var letter: Letter
    let userID: UserID
    /// False if the secret in the email is no longer valid; the email is then not sent.
    var isWanted = true
  }

  /// The time limit for sending the emails of one transaction, in milliseconds. No request is
  /// answered meanwhile.
  public static let deliveryMsMax = 10_000

  var letters: [Waiting] = []
  /// The accounts with pending emails.
  public private(set) var recipients: Set<UserID> = []
  private var secrets: [Range<Int>] = []

  public init() {}

  public var isEmpty: Bool { letters.isEmpty && secrets.isEmpty }
  public var hasLetters: Bool { !letters.isEmpty }

  /// Adds what a request has collected.
  public mutating func take(_ other: PendingMail) {
    if other.isEmpty { return }
    letters += other.letters
    recipients.formUnion(other.recipients)
    secrets += other.secrets
  }

  mutating func post(_ letter: Letter, to user: UserID, offset: Int) {
    letters.append(Waiting(offsets: [offset], letter: letter, userID: user))
    recipients.insert(user)
  }

  mutating func addSecret(_ range: Range<Int>) { secrets.append(range) }

  /// Drops offsets from `start` on, because those replies are not sent.
  public mutating func dropAnswers(from start: Int) {
    for at in letters.indices { letters[at].offsets.removeAll { $0 >= start } }
    secrets.removeAll { $0.lowerBound >= start }
  }

  /// The offsets from `start` on, in order.
  public func offsets(from start: Int) -> [Int] {
    if letters.isEmpty { return [] }
    return letters.flatMap(\.offsets).filter { $0 >= start }.sorted()
  }

  /// Inserts the value for `offset` at the offset `other` too.
  public mutating func repeatAnswer(_ offset: Int, at other: Int) {
    for at in letters.indices where letters[at].offsets.contains(offset) {
      letters[at].offsets.append(other)
    }
  }

  /// The text to store for the reply that starts at `start`. It leaves out secrets, and has null
  /// where the reply says whether an email was sent.
  func remembered(_ out: borrowing ByteBuffer, from start: Int) -> String {
    var text = ByteBuffer(capacity: out.count - start + 64)
    var at = start
    func copy(to end: Int, _ text: inout ByteBuffer, _ out: borrowing ByteBuffer) {
      text.append(UnsafeBufferPointer(rebasing: out.bytes[at..<end]))
      at = end
    }
    let unknowns = offsets(from: start).map { $0..<$0 }
    let gaps = (secrets.filter { $0.lowerBound >= start } + unknowns)
    for gap in gaps.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      copy(to: gap.lowerBound, &text, out)
      if gap.isEmpty { text.append("null") }
      at = gap.upperBound
    }
    copy(to: out.count, &text, out)
    return text.string
  }

  /// Sends the emails that are still wanted. Returns the offsets at which to insert whether each
  /// was sent, and the emails that the mailer did not accept.
  mutating func send(
    _ deliver: Postman?
  ) -> (answers: [(offset: Int, isDelivered: Bool)], undelivered: [Waiting]) {
    defer { clear() }
    let end = Stopwatch.nowMs + Self.deliveryMsMax
    var answers: [(offset: Int, isDelivered: Bool)] = []
    var undelivered: [Waiting] = []
    for waiting in letters {
      let msLeft = end - Stopwatch.nowMs
      let isDelivered =
        waiting.isWanted && msLeft > 0 && deliver?(waiting.letter, msLeft) ?? false
      answers += waiting.offsets.map { ($0, isDelivered) }
      if waiting.isWanted, !isDelivered { undelivered.append(waiting) }
    }
    return (answers.sorted { $0.offset < $1.offset }, undelivered)
  }

  public mutating func clear() {
    letters.removeAll()
    recipients.removeAll()
    secrets.removeAll()
  }
}
