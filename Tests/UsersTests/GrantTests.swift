import Contract
import Testing
import UserMethods
import Users

/// No caller gives more than it holds: roles, tokens, or access to an account with more rights.
///
/// The callers hold the custom roles of `Directory`; around them are a peer who is a member, an
/// annotator, an admin and an owner of the same organization.
@Suite struct GrantTests {
  private static func directory(_ roles: [String]) throws -> (Directory, User) {
    let directory = try Directory(.member)
    try directory.add(
      20, "reader@acme.com", roles: ["annotator"], flags: [.active, .emailVerified])
    try directory.add(
      21, "new-admin@acme.com", roles: ["admin"], flags: [.active, .invited, .emailVerified])
    try directory.add(
      22, "unverified@acme.com", roles: ["admin"], flags: [.active, .developer])
    let caller = try directory.add(
      30, "caller@acme.com", roles: roles, flags: [.active, .emailVerified])
    return (directory, caller)
  }

  @Test(
    "A caller with a custom role gives no role with more rights",
    arguments: [
      (["granter"], #"users.update user_id=reader@acme.com roles=["billing"]"#, "done"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["annotator"]"#, "done"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["granter"]"#, "done"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["admin"]"#, "403 users.read"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["auditor"]"#, "403 users.read"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["recruiter"]"#, "403 users.invite"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["helpdesk"]"#, "403 users.delete"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["watcher"]"#, "403 users.events"),
      (["granter"], #"users.update user_id=peer@acme.com roles=["owner"]"#, "412 owner_only"),
      (["granter"], "users.update user_id=peer@acme.com is_superuser=true", "403 users.read"),
      (["granter"], #"users.update user_id=owner@acme.com roles=["member"]"#, "412 owner_only"),
      (["granter"], #"users.update user_id=caller@acme.com roles=["admin"]"#, "412 own_account"),
      (["granter"], #"users.create email=a@b name=A roles=["annotator"]"#, "done"),
      (["granter"], #"users.create email=a@b name=A roles=["admin"]"#, "403 users.read"),
      (["granter"], "users.create email=a@b name=A is_superuser=true", "403 users.read"),
      (["granter"], #"users.create email=a@b name=A roles=["owner"]"#, "412 owner_only"),
      (["granter"], #"users.create email=a@b name=A roles=["minter"]"#, "403 users.tokens"),
      (["maker"], #"users.create email=a@b name=A roles=["annotator"]"#, "403 users.grant"),
      (["maker"], "users.create email=a@b name=A roles=[]", "403 users.grant"),
      // Creating a plain member is allowed; a member with a further role needs a member's rights.
      (["appointer"], "users.create email=a@b name=A", "done"),
      (["appointer"], #"users.create email=a@b name=A roles=["billing"]"#, "done"),
      (
        ["appointer"], #"users.create email=a@b name=A roles=["billing","member"]"#,
        "403 users.read"
      ),
      (["maker"], #"users.create email=a@b name=A roles=["billing"]"#, "403 users.grant"),
      (["maker"], "users.create email=a@b name=A org_id=globex", "403 organization"),
      (["helpdesk"], #"users.update user_id=peer@acme.com roles=["annotator"]"#, "403 users.grant"),
      (["helpdesk"], #"users.update user_id=peer@acme.com roles=["billing"]"#, "403 users.grant"),
      (["helpdesk"], "users.update user_id=admin@acme.com is_superuser=false", "403 users.grant"),
      (
        ["mover", "granter"],
        #"users.create email=peer@acme.com name=A if_exists=update roles=["admin"]"#,
        "403 users.read"
      ),
    ] as [([String], String, String)])
  func roles(roles: [String], call: String, outcome: String) throws {
    let (directory, caller) = try Self.directory(roles)
    let reply = directory.client(caller).ask(call)
    #expect(reply.outcome == outcome, "\(reply)")
  }

  @Test(
    "No caller gets access to an account with more rights",
    arguments: [
      (["recruiter"], "users.reset_password user_id=reader@acme.com", "403 users.read"),
      (["member", "recruiter"], "users.reset_password user_id=reader@acme.com", "done"),
      // A member's rights to its own account alone don't count.
      (["member", "recruiter"], "users.reset_password user_id=peer@acme.com", "done"),
      (["member", "recruiter"], "users.reset_password user_id=admin@acme.com", "403 users.read"),
      (["member", "recruiter"], "users.reset_password user_id=owner@acme.com", "412 owner_only"),
      (["member", "recruiter"], "users.invite user_id=new-admin@acme.com", "403 users.read"),
      (["helpdesk"], "users.update user_id=reader@acme.com email=a@b", "done"),
      (["helpdesk"], "users.update user_id=peer@acme.com email=a@b", "done"),
      (["helpdesk"], "users.update user_id=admin@acme.com email=a@b", "403 users.read"),
      (["helpdesk"], "users.update user_id=owner@acme.com email=a@b", "412 owner_only"),
      (
        ["helpdesk"], "users.update user_id=admin@acme.com oauth_provider=x oauth_id=y",
        "403 users.read"
      ),
      (
        ["helpdesk"], "users.update user_id=unverified@acme.com email_verified=true",
        "403 users.read"
      ),
      (["helpdesk"], "users.update user_id=admin@acme.com company=New", "done"),
      (["minter"], "users.create_token user_id=reader@acme.com name=x", "done"),
      (["minter"], "users.create_token user_id=peer@acme.com name=x", "done"),
      (["minter"], "users.create_token user_id=admin@acme.com name=x", "403 users.read"),
      (
        ["minter"], #"users.create_token user_id=admin@acme.com name=x scopes=["users.read"]"#,
        "403 users.read"
      ),
      (
        ["minter"], #"users.create_token user_id=admin@acme.com name=x scopes=["users.purge"]"#,
        "403 users.purge"
      ),
      (["minter"], "users.create_token user_id=owner@acme.com name=x", "412 owner_only"),
      (["minter"], "users.create_token user_id=foreign@globex.com name=x", "404"),
    ] as [([String], String, String)])
  func ways(roles: [String], call: String, outcome: String) throws {
    let (directory, caller) = try Self.directory(roles)
    let reply = directory.client(caller).ask(call)
    #expect(reply.outcome == outcome, "\(reply)")
  }

  /// The restriction of an admin: by the scopes of a token, by --deny, by --org.
  enum Narrowing {
    case token(Set<Capability>)
    case denied(Set<Capability>)
    case organization
  }

  @Test(
    "No other token or account gives back rights that a token or a launch takes away",
    arguments: [
      (.token([.read, .tokens]), "users.create_token name=x", "403 users.create"),
      (.token([.read, .tokens]), #"users.create_token name=x scopes=["users.read"]"#, "done"),
      (
        .token([.read, .tokens]), #"users.create_token name=x scopes=["users.read","users.purge"]"#,
        "403 users.purge"
      ),
      (.token([.tokens]), "users.create_token user_id=peer@acme.com name=x", "403 users.read"),
      (.token([.tokens]), #"users.create_token name=x scopes=["users.tokens"]"#, "done"),
      (.token([.resetPassword]), "users.reset_password user_id=peer@acme.com", "403 users.read"),
      (.token([.resetPassword]), "users.reset_password user_id=me@acme.com", "403 users.read"),
      (.token([.invite]), "users.invite user_id=new-admin@acme.com", "403 users.read"),
      (
        .token([.update, .grant]), #"users.update user_id=peer@acme.com roles=["annotator"]"#,
        "403 users.read"
      ),
      (
        .token([.create, .grant]), #"users.create email=a@b name=A org_id=acme roles=["admin"]"#,
        "403 users.read"
      ),
      (.denied([.purge]), "users.create_token name=x", "403 users.purge"),
      (.denied([.purge]), #"users.create_token name=x scopes=["users.update"]"#, "done"),
      (.denied([.purge]), "users.reset_password user_id=admin@acme.com", "403 users.purge"),
      (.denied([.purge]), "users.reset_password user_id=peer@acme.com", "done"),
      (
        .denied([.purge]), #"users.update user_id=peer@acme.com roles=["admin"]"#,
        "403 users.purge"
      ),
      (.organization, "users.create_token name=x", "403 users.read"),
      (.organization, "users.create_token user_id=peer@acme.com name=x", "done"),
      (.organization, "users.reset_password user_id=admin@acme.com", "403 users.read"),
      (.organization, #"users.update user_id=peer@acme.com roles=["admin"]"#, "403 users.read"),
      (.organization, #"users.create email=a@b name=A roles=["auditor"]"#, "403 users.read"),
    ] as [(Narrowing, String, String)])
  func narrowed(narrowing: Narrowing, call: String, outcome: String) throws {
    let (directory, _) = try Self.directory([])
    try directory.add(23, "boss@acme.com", roles: ["admin"])
    let boss = Directory.id(23)
    var limits = LaunchLimits()
    var scopes: Set<Capability>?
    switch narrowing {
    case .token(let some): scopes = some
    case .denied(let some): limits.denied = some
    case .organization: limits.organization = "acme"
    }
    let token = directory.addToken(150, of: boss, .api, to: scopes)
    let reply = directory.client(token, limits).ask(call)
    #expect(reply.outcome == outcome, "\(reply)")
  }

  @Test(
    "Moving an account, or making it a developer, gives no rights beyond the caller's",
    arguments: [
      // The role `member` would then read another organization.
      (
        ["member", "roamer"], "users.update user_id=caller@acme.com org_id=globex", "403 users.read"
      ),
      (
        ["member", "selfservice"], "users.update user_id=caller@acme.com org_id=globex",
        "403 users.update"
      ),
      (["member", "roamer"], "users.update user_id=peer@acme.com org_id=globex", "403 users.read"),
      (["roamer"], "users.update user_id=caller@acme.com org_id=globex", "done"),
      (["member", "selfservice"], "users.update user_id=caller@acme.com company=New", "done"),
      // A member who is a developer can create tokens.
      (
        ["member", "selfservice"], "users.update user_id=caller@acme.com is_developer=true",
        "403 users.update"
      ),
      (["helpdesk"], "users.update user_id=peer@acme.com is_developer=false", "done"),
      (["helpdesk"], "users.update user_id=reader@acme.com is_developer=true", "done"),
    ] as [([String], String, String)])
  func gains(roles: [String], call: String, outcome: String) throws {
    let (directory, caller) = try Self.directory(roles)
    let reply = directory.client(caller).ask(call)
    #expect(reply.outcome == outcome, "\(reply)")
  }

  @Test(
    "Creating an account does not bypass the right to read, to update or to invite",
    arguments: [
      // The right to create everywhere does not include the right to update everywhere.
      (
        ["mover"], "users.create email=reader@acme.com name=A if_exists=update org_id=globex",
        "403 organization"
      ),
      (
        ["mover"], "users.create email=foreign@globex.com name=A if_exists=update",
        "403 organization"
      ),
      (["mover"], "users.create email=reader@acme.com name=A if_exists=update", "done"),
      (["maker"], "users.create email=reader@acme.com name=A if_exists=update", "403 users.update"),
      (["maker"], "users.create email=reader@acme.com name=A if_exists=return", "403 users.read"),
      (
        ["maker"], "users.create email=reader@acme.com name=A if_exists=return dry_run=true",
        "403 users.read"
      ),
      (
        ["maker", "annotator"], "users.create email=reader@acme.com name=A if_exists=return", "done"
      ),
      (
        ["mover", "annotator"], "users.create email=foreign@globex.com name=A if_exists=return",
        "403 organization"
      ),
      // An invitation gives access to the new account.
      (["maker"], "users.create email=a@b name=A", "done"),
      (["maker"], "users.create email=a@b name=A invite_mode=email_link", "403 users.invite"),
      (
        ["maker", "recruiter"], "users.create email=a@b name=A invite_mode=email_link",
        "403 users.read"
      ),
      (
        ["maker", "recruiter"], "users.create email=a@b name=A invite_mode=temporary_password",
        "403 users.read"
      ),
      (
        ["granter", "minter", "recruiter"],
        "users.create email=a@b name=A invite_mode=email_link", "done"
      ),
    ] as [([String], String, String)])
  func creating(roles: [String], call: String, outcome: String) throws {
    let (directory, caller) = try Self.directory(roles)
    let reply = directory.client(caller).ask(call)
    #expect(reply.outcome == outcome, "\(reply)")
  }
}
