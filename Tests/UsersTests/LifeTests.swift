import Contract
import JSON
import Secrets
import Testing
import UserMethods
import Users

/// The life of accounts, in cases that need a clock that tests set.
@Suite struct LifeTests {
  private let directory: Directory
  private let admin: Client

  init() throws {
    directory = try Directory(.admin)
    admin = directory.client(.admin)
  }

  private func signIn(_ email: String, _ password: String = Directory.password) -> String {
    directory.client(.anonymous)
      .call("users.authenticate", "{\"email\":\"\(email)\",\"password\":\"\(password)\"}").outcome
  }

  /// Fails to sign in until the email has to wait.
  private func lockOut(_ email: String) {
    PasswordHash.$isWeak.withValue(true) {
      for _ in 0..<Attempts.failuresBeforeWait { _ = signIn(email, "wrong") }
      #expect(signIn(email) == "429 sign_in")
    }
  }

  @Test(
    "An account that gets an email does not wait for earlier failures of that email",
    arguments: [
      "users.create email=new@acme.com name=N org_id=acme",
      "users.create email=new@acme.com name=N org_id=acme invite_mode=email_link",
      "users.update user_id=peer@acme.com email=new@acme.com",
      "users.restore user_id=deleted@acme.com email=new@acme.com",
    ])
  func bornFree(call: String) {
    lockOut("new@acme.com")
    #expect(admin.ask("\(call) dry_run=true").isDone)
    #expect(signIn("new@acme.com") == "429 sign_in")
    #expect(admin.ask(call).isDone)
    #expect(signIn("new@acme.com") == "401 invalid_credentials")
  }

  @Test(
    "An account keeps an email that is no longer accepted, and can be changed otherwise",
    arguments: ["odd@x.example.", "a,b@x.example", "q@xn--e1afmkfd.example"])
  func oddEmail(email: String) throws {
    let user = try directory.add(500, email, roles: ["member"])
    let id = "user_id=\(user.id.text)"
    for change in [
      "job_title=Clerk", "email=\(email) company=Acme", "username=odd", "is_blocked=true",
    ] {
      #expect(admin.ask("users.update \(id) \(change)").isDone, "\(change)")
    }
    #expect(admin.ask("users.get user_id=\(email)").string("result.email") == email)
    #expect(admin.ask("users.update \(id) email=b,c@x.example").outcome == "-32602")
    #expect(admin.ask("users.update user_id=peer@acme.com email=b,c@x.example").outcome == "-32602")
  }

  @Test("Importing or restoring an account clears the wait of its email")
  func otherBirths() throws {
    lockOut("new@acme.com")
    lockOut("deleted@acme.com")
    directory.writing { store in
      var importer = try Importer(store: store)
      let row = #"{"email":"new@acme.com","name":"N","org_id":"acme"}"#
      var parser = JSONParser()
      _ = try Array(row.utf8).withUnsafeBufferPointer { bytes in
        try importer.add(importer.prepare(parser.parse(bytes)), at: .line(1))
      }
    }
    #expect(admin.ask("users.restore user_id=deleted@acme.com").isDone)
    #expect(signIn("new@acme.com") == "401 invalid_credentials")
    // The deleted account of the test directory still has its password.
    #expect(signIn("deleted@acme.com") == "done")
  }

  @Test("A request for a password reset clears the wait of the email") func lifted() {
    lockOut("peer@acme.com")
    #expect(admin.ask("users.reset_password user_id=peer@acme.com dry_run=true").isDone)
    #expect(signIn("peer@acme.com") == "429 sign_in")
    #expect(admin.ask("users.reset_password user_id=peer@acme.com").isDone)
    #expect(signIn("peer@acme.com") == "done")
  }

  @Test("A second letter waits a minute, and no longer when the clock is set back") func letters() {
    directory.isMailing = true
    let (one, other) = (
      directory.client(.user(Target.own.id)), directory.client(.user(Target.own.id))
    )
    func reset(_ client: Client) -> Reply {
      client.ask("users.reset_password user_id=peer@acme.com")
    }
    #expect(reset(one)["result.delivered"] as? Bool == true)
    for (passed, seconds) in [(0, 60), (1, 60), (998, 60), (1, 59), (58_999, 1)] as [(Int64, Int)] {
      directory.pass(passed)
      let refused = reset(other)
      #expect(refused.outcome == "429 letters")
      #expect(refused.int("error.data.retry_after_seconds") == seconds)
    }
    directory.pass(1)
    #expect(reset(other).isDone)
    directory.pass(-10 * Directory.minuteMs)
    #expect(reset(one).isDone)
    #expect(directory.letters.count == 3)
  }

  @Test("Each session signs out, even with an idempotency key of another session's sign-out")
  func signOut() {
    for _ in 1...2 {
      let reply = directory.client(.anonymous).call(
        "users.authenticate", #"{"email":"peer@acme.com","password":"\#(Directory.password)"}"#)
      let session = directory.client(token: reply.string("result.one_time.session_token"))
      #expect(session.ask("users.sign_out idempotency_key=k").isDone)
      #expect(session.ask("users.get_current").outcome == "401 unknown_token")
    }
  }

  @Test("A letter uses the name that the transaction commits") func greeting() {
    directory.isMailing = true
    let operations = """
      [{"method":"users.create","params":
        {"email":"new@acme.com","name":"Old Name","org_id":"acme","invite_mode":"email_link"}},
      {"method":"users.update","params":{"user_id":"new@acme.com","name":"New Name"}}]
      """
    let client = directory.client(.user(Target.own.id))
    #expect(client.call("users.bulk", "{\"operations\":\(operations)}").isDone)
    #expect(directory.letters.map(\.name) == ["New Name"])
  }

  @Test("After 2109 no ids exist for new accounts and tokens; accounts can still be changed")
  func lastTime() {
    let last = Timestamp(milliseconds: 1 << 42 - 1)
    directory.now = last
    #expect(admin.ask("users.create email=last@acme.com name=L org_id=acme").isDone)
    let made = admin.ask("users.get user_id=last@acme.com")
    #expect(made.string("result.created_at") == "2109-05-15T07:35:11.103Z")
    directory.pass(1)
    for call in [
      "users.create email=late@acme.com name=L org_id=acme",
      "users.create email=late@acme.com name=L org_id=acme dry_run=true",
      "users.create_token user_id=peer@acme.com name=t",
    ] {
      #expect(admin.ask(call).outcome == "503 clock", "\(call)")
    }
    #expect(admin.ask("users.get user_id=late@acme.com").resultText == "null")
    #expect(admin.ask("users.update user_id=peer@acme.com company=New").isDone)
    #expect(UserID.firstKey(after: last) == .max)
    #expect(UserID("04000000-0000-7000-8000-000000000000") == nil)
  }

  @Test("The password of an account can't be its email, in any spelling") func emailAsPassword() {
    func refused(_ reply: Reply, _ pointer: String) {
      #expect(reply.code == -32602, "\(reply)")
      #expect(reply.list("error.data.errors").first?["pointer"] as? String == pointer)
    }
    let made = admin.ask(
      "users.create email=zoë@acme.com name=N org_id=acme invite_mode=email_link")
    let invitation = made.string("result.one_time.invitation_token")
    for password in ["zoë@acme.com", "ZOË@Acme.Com", " Zoe\u{308}@acme.com\u{3000}"] {
      refused(
        admin.call(
          "users.accept_invitation", "{\"token\":\"\(invitation)\",\"password\":\"\(password)\"}"),
        "/password")
    }
    // The rejected passwords did not use up the invitation.
    let taken = "{\"token\":\"\(invitation)\",\"password\":\"peer@acme.com\"}"
    #expect(admin.call("users.accept_invitation", taken).isDone)
    let reset = admin.ask("users.reset_password user_id=peer@acme.com")
      .string("result.one_time.reset_token")
    refused(
      admin.call(
        "users.complete_password_reset",
        "{\"token\":\"\(reset)\",\"new_password\":\"Peer@Acme.com\"}"), "/new_password")
    refused(
      admin.call(
        "users.change_password",
        """
        {"email":"peer@acme.com","current_password":"\(Directory.password)",
        "new_password":"PEER@acme.com"}
        """), "/new_password")
  }

  /// Until 0.6.0 Roster kept spaces of other kinds and accepted control characters.
  @Test(
    "A password that an older version accepted still signs in",
    arguments: ["no\u{A0}break\u{3000}space", "tab\\tand\\nline", "soft\u{AD}hyphen"])
  func olderPasswords(password: String) throws {
    let hash = try PasswordHash.$isWeak.withValue(true) {
      try #require(
        PasswordHash(of: password.replacing("\\t", with: "\t").replacing("\\n", with: "\n")))
    }
    directory.writing {
      $0.setPassword(Password(userID: Target.peer.id, hash: hash), of: Target.peer.id)
    }
    #expect(signIn("peer@acme.com", password) == "done")
    let change = admin.call(
      "users.change_password",
      """
      {"email":"peer@acme.com","current_password":"\(password)","new_password":"with\u{2003}wide spaces"}
      """)
    #expect(change.isDone, "\(change)")
    #expect(signIn("peer@acme.com", "with wide\u{A0}spaces") == "done")
  }
}
