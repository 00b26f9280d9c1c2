import Contract
import Secrets
import Testing
import UserMethods
import Users

/// Everything with an end is valid until the last millisecond before it, and no longer.
@Suite struct ExpiryTests {
  private let directory: Directory
  private let admin: Client
  private static let hourMs = 60 * Directory.minuteMs

  init() throws {
    directory = try Directory(.admin)
    admin = directory.client(.admin)
  }

  /// Something that expires.
  enum Ending: CaseIterable {
    case invitation, temporaryPassword, passwordReset, session, token, rememberedAnswer

    /// How long it is valid.
    var milliseconds: Int64 {
      switch self {
      case .invitation, .temporaryPassword: 7 * Directory.dayMs
      case .passwordReset: 30 * Directory.minuteMs
      case .session: 24 * hourMs
      case .token: 3 * Directory.dayMs
      case .rememberedAnswer: 24 * hourMs
      }
    }

    /// The outcome of its use after its end.
    var refusal: String {
      switch self {
      case .invitation, .passwordReset: "404 unknown_token"
      case .temporaryPassword: "401 invalid_credentials"
      case .session, .token: "401 expired_token"
      case .rememberedAnswer: "409 email_taken"
      }
    }
  }

  /// Creates it; returns a way to use it, and the end that the reply reported.
  private func begin(_ ending: Ending) -> (use: () -> Reply, expiresAt: String?) {
    switch ending {
    case .invitation:
      let made = admin.ask(
        "users.create email=new@acme.com name=N org_id=acme invite_mode=email_link")
      let token = made.string("result.one_time.invitation_token")
      return (
        {
          admin.call(
            "users.accept_invitation", "{\"token\":\"\(token)\",\"password\":\"new password\"}")
        },
        made.string("result.one_time.expires_at")
      )
    case .temporaryPassword:
      let made = admin.ask(
        "users.create email=new@acme.com name=N org_id=acme invite_mode=temporary_password")
      let password = made.string("result.one_time.temporary_password")
      return (
        {
          admin.call(
            "users.change_password",
            """
            {"email":"new@acme.com","current_password":"\(password)","new_password":"new password"}
            """)
        }, made.string("result.one_time.expires_at")
      )
    case .passwordReset:
      let made = admin.ask("users.reset_password user_id=peer@acme.com")
      let token = made.string("result.one_time.reset_token")
      return (
        {
          admin.call(
            "users.complete_password_reset",
            "{\"token\":\"\(token)\",\"new_password\":\"new password\"}")
        },
        made.string("result.expires_at")
      )
    case .session:
      let made = admin.call(
        "users.authenticate",
        "{\"email\":\"peer@acme.com\",\"password\":\"\(Directory.password)\"}")
      let client = directory.client(token: made.string("result.one_time.session_token"))
      return ({ client.ask("users.list") }, made.string("result.one_time.expires_at"))
    case .token:
      let made = admin.ask("users.create_token name=x expires_in_days=3")
      let client = directory.client(token: made.string("result.token"))
      return ({ client.ask("users.list") }, made.string("result.expires_at"))
    case .rememberedAnswer:
      let call = "users.create email=new@acme.com name=N org_id=acme idempotency_key=k"
      _ = admin.ask(call)
      return ({ admin.ask(call) }, nil)
    }
  }

  @Test(
    "A secret or idempotency key is valid a millisecond before its end", arguments: Ending.allCases)
  func before(ending: Ending) {
    let start = directory.now
    let (use, _) = begin(ending)
    directory.now = Timestamp(milliseconds: start.milliseconds + ending.milliseconds - 1)
    #expect(use().outcome == "done")
  }

  @Test(
    "A secret or idempotency key is not valid at its end, which was reported",
    arguments: Ending.allCases)
  func after(ending: Ending) {
    let start = directory.now
    let (use, expiresAt) = begin(ending)
    directory.now = Timestamp(milliseconds: start.milliseconds + ending.milliseconds)
    if let expiresAt { #expect(Timestamp(expiresAt) == directory.now) }
    #expect(use().outcome == ending.refusal)
  }

  @Test(
    "A client whose token was accepted before is refused at the token's end too",
    arguments: [Ending.session, .token])
  func cached(ending: Ending) {
    let start = directory.now
    let (use, _) = begin(ending)
    #expect(use().isDone)
    directory.now = Timestamp(milliseconds: start.milliseconds + ending.milliseconds - 1)
    #expect(use().isDone)
    directory.pass(1)
    #expect(use().outcome == "401 expired_token")
    #expect(use().outcome == "401 expired_token")
  }

  @Test(
    "An expired secret stays expired when the clock is set back after a change",
    arguments: Ending.allCases.filter { $0 != .rememberedAnswer })
  func clockSetBack(ending: Ending) {
    let start = directory.now
    let (use, _) = begin(ending)
    directory.now = Timestamp(milliseconds: start.milliseconds + ending.milliseconds)
    #expect(admin.ask("users.update user_id=foreign@globex.com company=Later").isDone)
    directory.now = start
    #expect(use().outcome == ending.refusal)
  }

  @Test("The times of changes and events never go back when the clock does")
  func order() {
    _ = admin.ask("users.update user_id=peer@acme.com company=One")
    directory.pass(-10 * Directory.dayMs)
    let update = admin.ask("users.update user_id=peer@acme.com company=Two")
    _ = admin.ask("users.create email=new@acme.com name=N org_id=acme")
    let events = admin.ask("users.events after=6").list("result.events")
    let times = events.compactMap { $0["at"] as? String }
    #expect(times.count == 3 && times == times.sorted())
    // Each is a millisecond later, so ids that several processes generate stay in order too.
    #expect(times.allSatisfy { $0.prefix(19) == times[0].prefix(19) })
    let updated = update.string("result.updated_at")
    #expect(times[0] <= updated && updated <= times[1])
  }

  /// The list holds the seconds to wait after each wrong password, from the fifth on.
  @Test(
    "Wrong passwords in a row cost a wait of 30 seconds that doubles up to 15 minutes",
    arguments: ["peer@acme.com", "nobody@acme.com"])
  func attempts(email: String) {
    func tryIn(_ password: String) -> Reply {
      admin.call("users.authenticate", "{\"email\":\"\(email)\",\"password\":\"\(password)\"}")
    }
    for _ in 1...5 { #expect(tryIn("wrong").outcome == "401 invalid_credentials") }
    for seconds in [30, 60, 120, 240, 480, 900, 900] {
      let refused = tryIn(Directory.password)
      #expect(refused.outcome == "429 sign_in")
      #expect(refused.int("error.data.retry_after_seconds") == seconds)
      directory.pass(Int64(seconds) * 1000 - 1)
      #expect(tryIn(Directory.password).int("error.data.retry_after_seconds") == 1)
      directory.pass(1)
      #expect(tryIn("wrong").outcome == "401 invalid_credentials")
    }
    directory.pass(900_000)
    let isThere = email == "peer@acme.com"
    #expect(tryIn(Directory.password).isDone == isThere)
    // A successful sign-in resets the count.
    if isThere { #expect(tryIn("wrong").outcome == "401 invalid_credentials") }
    if isThere { #expect(tryIn(Directory.password).isDone) }
  }

  @Test("Failures from a time when the clock was ahead cost no more than the longest wait")
  func attemptsAhead() {
    func tryIn(_ password: String) -> Reply {
      admin.call(
        "users.authenticate", "{\"email\":\"peer@acme.com\",\"password\":\"\(password)\"}")
    }
    directory.pass(3650 * Directory.dayMs)
    for _ in 1...5 { _ = tryIn("wrong") }
    #expect(tryIn(Directory.password).outcome == "429 sign_in")
    directory.pass(-3650 * Directory.dayMs)
    #expect(tryIn("wrong").outcome == "401 invalid_credentials")
    #expect(tryIn(Directory.password).outcome == "429 sign_in")
    directory.pass(900_000)
    #expect(tryIn(Directory.password).isDone)
  }

  @Test("Wrong passwords are forgotten a day after the last one")
  func forgottenAttempts() {
    func tryIn() -> Reply {
      admin.call("users.authenticate", #"{"email":"peer@acme.com","password":"wrong"}"#)
    }
    for _ in 1...5 { _ = tryIn() }
    #expect(tryIn().outcome == "429 sign_in")
    directory.pass(Directory.dayMs)
    for _ in 1...5 { #expect(tryIn().outcome == "401 invalid_credentials") }
    #expect(tryIn().outcome == "429 sign_in")
  }
}
