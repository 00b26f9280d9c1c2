internal import Contract
internal import JSON
internal import Secrets
internal import Users

/// The data of the methods' examples: four people at Acme; Ada is the owner.
///
/// The examples run as one session in the order of the catalogue, so each account has the state
/// that the earlier examples left. ServerTests/ExampleTests.swift runs them.
enum ExampleData {
  /// A time on the example day, in minutes after 9 o'clock.
  static func time(_ minutes: Int64) -> Timestamp {
    Timestamp(milliseconds: 1_768_208_400_000 + minutes * Lifetime.minuteMs)
  }

  /// An id of that time; its random bits are derived from the time, so that it never changes.
  static func id(_ minutes: Int64) -> UserID {
    let bits = UInt64(bitPattern: minutes + 1) &* 0x9E37_79B9_7F4A_7C15
    let (order, tail) = (bits >> 43, (bits &* 0xBF58_476D_1CE4_E5B9) >> 11)
    let key = time(minutes).milliseconds << Int64(UserID.orderBits) | Int64(order)
    return UserID(key: key, tail: Int64(tail))
  }

  /// The owner and caller.
  static var ada: User {
    var user = User(owner: id(0), email: "ada@acme.example", name: "Ada Okafor")
    (user.updatedAt, user.version) = (time(1), 2)
    return user
  }

  static var bo: User {
    var user = account(at: 10, "bo@acme.example", "Bo Lindqvist")
    user.jobTitle = "Support"
    user.flags.insert(.emailVerified)
    return user
  }

  /// Mara, who is deleted and later restored.
  static var mara: User {
    var user = account(at: 12, "mara@acme.example", "Mara Silva")
    user.metadata = #"{"locale":"pt-BR"}"#
    return user
  }

  /// Kim, who is created and invited.
  static var kim: User {
    var user = account(at: 60, "kim@acme.example", "Kim Tanaka")
    user.flags.insert(.invited)
    return user
  }

  /// Kim after accepting the invitation.
  static var arrivedKim: User {
    var user = kim
    user.flags.remove(.invited)
    user.flags.insert(.emailVerified)
    (user.updatedAt, user.version) = (time(100), 2)
    return user
  }

  private static func account(at minutes: Int64, _ email: String, _ name: String) -> User {
    var user = User(id: id(minutes))
    user.email = email
    user.username = email
    user.name = name
    user.organizationID = "acme"
    user.roles = [RoleName.member]
    user.flags.insert(.developer)
    return user
  }

  /// `user` with some fields changed.
  static func changed(
    _ user: User, at minutes: Int64, version: Int, _ change: (inout User) -> Void = { _ in }
  ) -> User {
    var user = user
    (user.updatedAt, user.version) = (time(minutes), version)
    change(&user)
    return user
  }
}

extension ExampleData {
  static let firstInvitation = token("FirstInvitationOfKim")
  static let invitation = token("SecondInvitationOfKim")
  static let reset = token("PasswordResetOfKim")
  static let session = token("SessionOfKim")
  static let apiToken = token("NightlyExportOfAda")
  static let feedID = "S0Kx7cQ2mZp4RtVb"
  static let cursor =
    "q1Zx0mV2b5u0Yw3o8r7n6T4kLs9dJfHcGaEiUyPtR5cAAAGbsw0gAAAAAAAAAAAAQm8gTGluZHF2aXN0"

  /// A token with a wrong checksum, which scanners for leaked tokens ignore.
  private static func token(_ name: String) -> String {
    TokenText.prefix + name + String(repeating: "0", count: 36 - name.utf8.count)
  }

  /// The answer of a method that sends an email, without mail.
  static func letter(_ kind: Letter.Kind, _ secret: String, _ minutes: Int64) -> LetterAnswer {
    let lasting =
      kind == .passwordReset
      ? Int64(Lifetime.passwordResetMinutes) * Lifetime.minuteMs
      : Int64(Lifetime.invitationDays) * Lifetime.dayMs
    let end = time(minutes).adding(lasting)
    let letter = Letter(kind: kind, email: "", name: "", secret: secret, expiresAt: end)
    return LetterAnswer(
      expiresAt: end,
      delivery: SecretDelivery(delivered: .known(false), oneTime: OneTimeSecret(letter)))
  }
}

extension ExampleData {
  /// Mara while deleted.
  private static var absentMara: User {
    changed(mara, at: 75, version: 2) { user in
      user.deletedAt = time(75)
      user.roles = []
      user.deriveFlags()
    }
  }

  static var maraLeaves: Event { event(8, .userDeleted, from: mara, to: absentMara) }

  static var maraReturns: Event {
    event(9, .userRestored, from: absentMara, to: changed(mara, at: 80, version: 3))
  }

  private static func event(
    _ seq: Int64, _ type: EventType, from old: User, to new: User
  ) -> Event {
    let changes = PackedUser(old).withRow { old in
      PackedUser(new).withRow { ChangeRecorder().changes(from: old, to: $0) }
    }
    return Event(
      seq: seq, type: type, at: new.updatedAt, actorID: ada.id, userID: new.id, email: new.email,
      organizationID: new.organizationID, changes: .list(changes))
  }
}

extension ExampleValue {
  /// A record as answers contain it.
  init(_ user: User) { self = .object(user) { _ in } }

  /// A record, and the method's extra fields.
  static func object(_ user: User, _ more: (inout ByteBuffer) -> Void) -> ExampleValue {
    object { out in
      PackedUser(user).withRow { $0.fields(&out, isCurrent: user.id == ExampleData.ada.id) }
      more(&out)
    }
  }
}
