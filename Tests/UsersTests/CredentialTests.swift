import Contract
import Secrets
import Testing
import UserMethods
import Users

/// Tokens, sessions and passwords: their uses, and the changes that end them.
@Suite struct CredentialTests {
  private let directory: Directory
  private let admin: Client

  init() throws {
    directory = try Directory(.admin)
    admin = directory.client(.admin)
  }

  /// A client that acts as the peer, by session, by token or by `--as`.
  private func peer(by way: String) -> Client {
    switch way {
    case "session":
      return directory.client(
        token: signIn("peer@acme.com").string("result.one_time.session_token"))
    case "token":
      let made = admin.ask("users.create_token user_id=peer@acme.com name=x")
      return directory.client(token: made.string("result.token"))
    default: return directory.client(.user(Target.peer.id))
    }
  }

  private func signIn(_ email: String, _ password: String = Directory.password) -> Reply {
    directory.client(.anonymous)
      .call("users.authenticate", "{\"email\":\"\(email)\",\"password\":\"\(password)\"}")
  }

  @Test(
    "Disabling, deleting, revoking and moving take effect on the very next request",
    arguments: [
      ("--as", "users.update user_id=peer@acme.com is_blocked=true", "401 disabled_caller"),
      ("token", "users.update user_id=peer@acme.com is_blocked=true", "401 disabled_caller"),
      ("session", "users.update user_id=peer@acme.com is_active=false", "401 unknown_token"),
      ("--as", "users.delete user_id=peer@acme.com", "401 disabled_caller"),
      ("token", "users.delete user_id=peer@acme.com", "401 unknown_token"),
      ("session", "users.delete user_id=peer@acme.com", "401 unknown_token"),
      ("--as", "users.delete user_id=peer@acme.com mode=soft", "401 disabled_caller"),
      ("token", "users.delete user_id=peer@acme.com mode=soft", "401 unknown_token"),
      ("session", "users.delete user_id=peer@acme.com mode=soft", "401 unknown_token"),
      ("token", "users.revoke_token token_id=TOKEN", "401 unknown_token"),
      ("token", #"users.update user_id=peer@acme.com roles=["billing"]"#, "403 users.read"),
      ("session", "users.update user_id=peer@acme.com org_id=globex", "done"),
    ])
  func nextRequest(way: String, call: String, outcome: String) {
    let client = peer(by: way)
    let before = client.ask("users.list")
    #expect(before.isDone)
    let tokens = admin.ask("users.list_tokens user_id=peer@acme.com").list("result")
    let latest = tokens.last?["id"] as? String ?? ""
    #expect(admin.ask(call.replacing("TOKEN", with: latest)).isDone)
    let after = client.ask("users.list")
    #expect(after.outcome == outcome)
    // A moved account sees its new organization.
    #expect(after != before)
  }

  @Test("Unblocking an account makes its tokens valid again, and restoring one does not")
  func enabledAgain() {
    let (plain, token) = (peer(by: "--as"), peer(by: "token"))
    #expect(admin.ask("users.update user_id=peer@acme.com is_blocked=true").isDone)
    #expect(token.ask("users.list").outcome == "401 disabled_caller")
    #expect(admin.ask("users.update user_id=peer@acme.com is_blocked=false").isDone)
    #expect(plain.ask("users.list").isDone && token.ask("users.list").isDone)
    #expect(admin.ask("users.delete user_id=peer@acme.com mode=soft").isDone)
    #expect(admin.ask("users.restore user_id=peer@acme.com").isDone)
    #expect(plain.ask("users.list").isDone)
    #expect(token.ask("users.list").outcome == "401 unknown_token")
  }

  /// Each method accepts tokens of its own kinds only.
  @Test("A secret works only for the purpose of its kind", arguments: TokenKind.allCases)
  func kinds(kind: TokenKind) {
    let secret = directory.addToken(150, of: Target.peer.id, kind)
    #expect(directory.client(secret).ask("users.list").isDone == (kind == .api || kind == .session))
    let answers = [
      ("users.accept_invitation", "password"), ("users.complete_password_reset", "new_password"),
    ].map { method, member in
      admin.call(method, "{\"token\":\"\(secret.text)\",\"\(member)\":\"another horse\"}").outcome
    }
    #expect(answers[0] == (kind == .invitation ? "412 not_invited" : "404 unknown_token"))
    #expect(answers[1] == (kind == .passwordReset ? "done" : "404 unknown_token"))
  }

  @Test(
    "Changing or resetting a password ends all sessions and no token", arguments: [true, false])
  func changedPassword(isReset: Bool) {
    let (session, token) = (peer(by: "session"), peer(by: "token"))
    #expect(session.ask("users.list").isDone && token.ask("users.list").isDone)
    let pending = admin.ask("users.reset_password user_id=peer@acme.com")
    let secret = pending.string("result.one_time.reset_token")
    let change =
      isReset
      ? admin.call(
        "users.complete_password_reset",
        "{\"token\":\"\(secret)\",\"new_password\":\"another horse\"}")
      : admin.call(
        "users.change_password",
        """
        {"email":"peer@acme.com","current_password":"\(Directory.password)",
        "new_password":"another horse"}
        """)
    #expect(change.isDone, "\(change)")
    #expect(session.ask("users.list").outcome == "401 unknown_token")
    #expect(token.ask("users.list").isDone)
    #expect(signIn("peer@acme.com").outcome == "401 invalid_credentials")
    #expect(signIn("peer@acme.com", "another horse").isDone)
    // The reset token was used, or ended by the change.
    let again = admin.call(
      "users.complete_password_reset",
      "{\"token\":\"\(secret)\",\"new_password\":\"a third horse\"}")
    #expect(again.outcome == "404 unknown_token")
  }

  @Test("Invitations and resets work once, and a newer one ends the older")
  func singleUse() throws {
    let user = "users.create email=new@acme.com name=N org_id=acme invite_mode=email_link"
    let first = admin.ask(user).string("result.one_time.invitation_token")
    let second = admin.ask("users.invite user_id=new@acme.com")
      .string("result.one_time.invitation_token")
    func accept(_ token: String) -> String {
      admin.call(
        "users.accept_invitation", "{\"token\":\"\(token)\",\"password\":\"new password\"}"
      ).outcome
    }
    #expect(accept(first) == "404 unknown_token")
    #expect(accept(second) == "done")
    #expect(accept(second) == "404 unknown_token")
    #expect(admin.ask("users.invite user_id=new@acme.com").outcome == "412 not_invited")

    let resets = (0..<2).map { _ in
      admin.ask("users.reset_password user_id=new@acme.com").string("result.one_time.reset_token")
    }
    func complete(_ token: String) -> String {
      admin.call(
        "users.complete_password_reset", "{\"token\":\"\(token)\",\"new_password\":\"another one\"}"
      ).outcome
    }
    #expect(complete(resets[0]) == "404 unknown_token")
    #expect(complete(resets[1]) == "done")
    #expect(complete(resets[1]) == "404 unknown_token")
  }

  @Test("A temporary password allows only a change of the password")
  func temporaryPassword() {
    let made = admin.ask(
      "users.create email=new@acme.com name=N org_id=acme invite_mode=temporary_password")
    let temporary = made.string("result.one_time.temporary_password")
    #expect(made.string("result.status") == "invited" && temporary.count == 20)
    #expect(signIn("new@acme.com", temporary).outcome == "412 password_change_required")
    #expect(
      directory.client(token: temporary).ask("users.get_current").outcome == "401 unknown_token")
    let change = admin.call(
      "users.change_password",
      """
      {"email":"new@acme.com","current_password":"\(temporary)","new_password":"my own words"}
      """)
    #expect(change.isDone)
    let person = admin.ask("users.get user_id=new@acme.com")
    #expect(person.string("result.status") == "active")
    #expect(person["result.email_verified"] as? Bool == true)
    #expect(signIn("new@acme.com", temporary).outcome == "401 invalid_credentials")
    #expect(signIn("new@acme.com", "my own words").isDone)
  }

  @Test(
    "A password does not open an account that is blocked, disabled, deleted or uses OAuth",
    arguments: [
      "users.update user_id=peer@acme.com is_blocked=true",
      "users.update user_id=peer@acme.com is_active=false",
      "users.delete user_id=peer@acme.com mode=soft", "users.delete user_id=peer@acme.com",
      "users.update user_id=peer@acme.com oauth_provider=x oauth_id=y",
    ])
  func closedAccounts(call: String) {
    #expect(signIn("peer@acme.com").isDone)
    #expect(admin.ask(call).isDone)
    let refused = signIn("peer@acme.com")
    #expect(refused == signIn("nobody@acme.com"))
    #expect(refused.outcome == "401 invalid_credentials")
  }

  /// These secrets were sent to an email that the account no longer has.
  @Test(
    "A new email ends the secrets that were sent to the old one",
    arguments: ["invitation_token", "temporary_password", "reset_token"])
  func movedMail(secret: String) {
    let mode = secret == "temporary_password" ? "temporary_password" : "email_link"
    let person = "users.create email=new@acme.com name=N org_id=acme"
    let made =
      secret == "reset_token"
      ? admin.ask("users.reset_password user_id=peer@acme.com")
      : admin.ask("\(person) invite_mode=\(mode)")
    let email = secret == "reset_token" ? "peer@acme.com" : "new@acme.com"
    let text = made.string("result.one_time.\(secret)")
    func use(_ email: String) -> Reply {
      switch secret {
      case "invitation_token":
        admin.call(
          "users.accept_invitation", "{\"token\":\"\(text)\",\"password\":\"new password\"}")
      case "reset_token":
        admin.call(
          "users.complete_password_reset",
          "{\"token\":\"\(text)\",\"new_password\":\"new password\"}")
      default:
        admin.call(
          "users.change_password",
          """
          {"email":"\(email)","current_password":"\(text)","new_password":"new password"}
          """)
      }
    }
    #expect(admin.ask("users.update user_id=\(email) email=other@acme.com dry_run=true").isDone)
    #expect(admin.ask("users.update user_id=\(email) company=New").isDone)
    #expect(admin.ask("users.update user_id=\(email) email=other@acme.com").isDone)
    #expect(!use("other@acme.com").isDone)
    let after = admin.ask("users.get user_id=other@acme.com")
    #expect(after["result.email_verified"] as? Bool == false)
    #expect(after.string("result.status") == (secret == "reset_token" ? "active" : "invited"))
    // Another caller chose the email, so the password ends with it.
    if secret == "reset_token" {
      #expect(signIn("other@acme.com").outcome == "401 invalid_credentials")
    }
  }
}
