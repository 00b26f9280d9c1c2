import Testing
import UserMethods
import Users

/// Rules for every caller: no caller ends its own account or leaves the store without an owner.
@Suite struct RuleTests {
  @Test(
    "No caller deletes or disables its own account, or changes its own roles",
    arguments: [
      "users.delete user_id=me@acme.com", "users.delete user_id=me@acme.com mode=soft",
      "users.update user_id=me@acme.com is_active=false",
      "users.update user_id=me@acme.com is_blocked=true",
      #"users.update user_id=me@acme.com roles=["member","billing"]"#,
      #"users.create email=me@acme.com name=A if_exists=update roles=["member","billing"]"#,
      "users.create email=me@acme.com name=A if_exists=update is_active=false",
    ], [.admin, .owner, .adminInOrganization, .session] as [Caller])
  func ownAccount(call: String, caller: Caller) throws {
    let directory = try Directory(caller)
    let client = directory.client(caller)
    let before = client.ask("users.get_current")
    for ending in ["", " dry_run=true"] {
      #expect(client.ask(call + ending).outcome == "412 own_account")
    }
    #expect(client.ask("users.get_current") == before)
  }

  @Test("An admin can't clear is_superuser of its own account")
  func ownAdmin() throws {
    let client = try Directory(.admin).client(.admin)
    let reply = client.ask("users.update user_id=me@acme.com is_superuser=false")
    #expect(reply.outcome == "412 own_account")
  }

  @Test(
    "A username with an @ must be a spelling of the account's own email",
    arguments: [
      ("users.create email=a@acme.com name=A org_id=acme username=b@acme.com", false),
      ("users.create email=a@acme.com name=A org_id=acme username=A@ACME.com", true),
      ("users.create email=a@acme.com name=A org_id=acme username=@", false),
      ("users.update user_id=peer@acme.com username=new@acme.com", false),
      ("users.update user_id=peer@acme.com username=peer@acme.com", true),
      ("users.update user_id=peer@acme.com email=new@acme.com username=new@acme.com", true),
      ("users.create name=Bot is_service_account=true username=bot@acme.com", false),
    ])
  func usernames(call: String, isTaken: Bool) throws {
    let reply = try Directory(.owner).client(.owner).ask(call)
    #expect(reply.outcome == (isTaken ? "done" : "-32602"), "\(reply)")
  }

  @Test(
    "A username that spells the email changes with it, so that the old email is free")
  func follows() throws {
    let client = try Directory(.owner).client(.owner)
    let calls = [
      "users.create email=a@acme.com name=A org_id=acme username=A@ACME.com",
      "users.update user_id=a@acme.com email=b@acme.com",
      "users.create email=a@acme.com name=A org_id=acme",
      "users.update user_id=b@acme.com username=B@acme.com",
      "users.delete user_id=b@acme.com mode=soft",
      "users.restore user_id=b@acme.com email=c@acme.com",
      "users.create email=b@acme.com name=B org_id=acme",
    ]
    for call in calls { #expect(client.ask(call).outcome == "done", "\(call)") }
  }

  /// Changes to an owner that no admin may make. `Directory` has an owner besides the caller.
  private static let toOwner = [
    "users.delete user_id=owner@acme.com", "users.delete user_id=owner@acme.com mode=soft",
    "users.update user_id=owner@acme.com company=New",
    "users.update user_id=owner@acme.com is_active=false",
    "users.update user_id=owner@acme.com is_blocked=true",
    #"users.update user_id=owner@acme.com roles=["member"]"#,
    "users.update user_id=owner@acme.com email=a@b",
    "users.reset_password user_id=owner@acme.com",
    "users.create_token user_id=owner@acme.com name=x",
    "users.create email=owner@acme.com name=A if_exists=update",
  ]

  @Test("Only an owner changes an owner's account", arguments: toOwner)
  func ownerOnly(call: String) throws {
    #expect(try Directory(.admin).client(.admin).ask(call).outcome == "412 owner_only")
    #expect(try Directory(.owner).client(.owner).ask(call).outcome == "done")
  }

  @Test("Only an owner gives the role owner")
  func ownership() throws {
    for call in [
      #"users.update user_id=peer@acme.com roles=["owner"]"#,
      #"users.create email=a@b name=A org_id=acme roles=["owner"]"#,
    ] {
      #expect(try Directory(.admin).client(.admin).ask(call).outcome == "412 owner_only")
      #expect(try Directory(.owner).client(.owner).ask(call).outcome == "done")
    }
  }

  /// Calls with which one owner ends another. The second caller is no longer an owner.
  @Test(
    "When two owners end each other, the first call wins and one owner remains",
    arguments: [
      "users.delete user_id=EMAIL", "users.delete user_id=EMAIL mode=soft",
      "users.update user_id=EMAIL is_active=false", "users.update user_id=EMAIL is_blocked=true",
      #"users.update user_id=EMAIL roles=["member"]"#,
    ])
  func lastOwner(call: String) throws {
    let directory = try Directory(.owner)
    let (one, other) = (directory.client(.owner), directory.client(.user(Target.highest.id)))
    #expect(other.ask("users.get_current").isDone)
    #expect(one.ask(call.replacing("EMAIL", with: "owner@acme.com")).isDone)
    #expect(!other.ask(call.replacing("EMAIL", with: "me@acme.com")).isDone)
    #expect(one.ask(call.replacing("EMAIL", with: "me@acme.com")).outcome == "412 own_account")
    let owners = one.ask(#"users.count role=owner status=["active"]"#)
    #expect(owners.int("result") == 1)
  }

  @Test("An owner can delete all other owners, whether active, disabled or invited")
  func owners() throws {
    let directory = try Directory(.owner)
    try directory.add(40, "off@acme.com", roles: ["owner"], flags: [])
    try directory.add(41, "new@acme.com", roles: ["owner"], flags: [.active, .invited])
    try directory.add(42, "out@acme.com", roles: ["owner"], flags: [.active, .deleted])
    let client = directory.client(.owner)
    // Owners who can't sign in can be deleted, whoever remains.
    for name in ["off", "new"] {
      #expect(client.ask("users.delete user_id=\(name)@acme.com mode=soft").isDone)
    }
    #expect(client.ask("users.delete user_id=owner@acme.com mode=soft").isDone)
    let owners = client.ask(#"users.count role=owner include_inactive=true"#)
    #expect(owners.int("result") == 1)
  }

  @Test("An internal account can't be deleted, softly or permanently")
  func internalAccounts() throws {
    let directory = try Directory(.owner)
    try directory.add(40, "robot@acme.com", roles: ["member"], flags: [.active, .internal])
    for mode in ["soft", "permanent"] {
      let reply = directory.client(.owner).ask("users.delete user_id=robot@acme.com mode=\(mode)")
      #expect(reply.outcome == "412 internal_user")
    }
  }

  @Test("A restored admin is a member, without the old tokens and OAuth identity")
  func restored() throws {
    let directory = try Directory(.owner)
    let client = directory.client(.owner)
    let token = client.ask("users.create_token user_id=admin@acme.com name=x")
    let holder = directory.client(token: token.string("result.token"))
    #expect(holder.ask("users.list").isDone)
    let password = #"{"email":"admin@acme.com","password":"\#(Directory.password)"}"#
    #expect(client.call("users.authenticate", password).isDone)
    let link = #"{"user_id":"admin@acme.com","oauth_provider":"x","oauth_id":"7"}"#
    #expect(client.call("users.update", link).isDone)
    #expect(client.ask("users.delete user_id=admin@acme.com mode=soft").isDone)
    #expect(holder.ask("users.list").outcome == "401 unknown_token")
    let restored = client.ask("users.restore user_id=admin@acme.com")
    #expect(restored["result.roles"] as? [String] == ["member"])
    #expect(restored["result.is_superuser"] as? Bool == false)
    #expect(
      restored.string("result.oauth_provider").isEmpty && restored.string("result.oauth_id").isEmpty
    )
    #expect(holder.ask("users.list").outcome == "401 unknown_token")
    #expect(client.ask("users.list_tokens user_id=admin@acme.com").resultText == "[]")
    #expect(client.call("users.authenticate", password).outcome == "401 invalid_credentials")
  }

  @Test("An account can't be restored while another account has its email")
  func restoredEmail() throws {
    let client = try Directory(.owner).client(.owner)
    #expect(client.ask("users.delete user_id=peer@acme.com mode=soft").isDone)
    #expect(client.ask("users.create email=peer@acme.com name=New org_id=acme").isDone)
    let id = Target.peer.id.text
    #expect(client.ask("users.restore user_id=\(id)").outcome == "409 email_taken")
    #expect(client.ask("users.restore user_id=peer@acme.com").outcome == "409 email_taken")
    #expect(client.ask("users.delete user_id=peer@acme.com").isDone)
    #expect(client.ask("users.restore user_id=\(id)").isDone)
  }

  @Test("Restoring by email restores the account that was deleted last")
  func restoredLatest() throws {
    let directory = try Directory(.owner)
    let client = directory.client(.owner)
    #expect(client.ask("users.delete user_id=peer@acme.com mode=soft").isDone)
    directory.pass(Directory.minuteMs)
    let second = client.ask("users.create email=peer@acme.com name=Second org_id=acme")
    directory.pass(Directory.minuteMs)
    #expect(client.ask("users.delete user_id=peer@acme.com mode=soft").isDone)
    let restored = client.ask("users.restore user_id=peer@acme.com")
    #expect(restored.string("result.id") == second.string("result.id"))
  }
}
