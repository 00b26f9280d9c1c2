import Contract
import Testing
import UserMethods
import Users

/// The accounts that lists, counts and limits let a caller see.
@Suite struct ScopeTests {
  private static let filters = [
    "{}", #"{"query":"foreign"}"#, #"{"email":"foreign@globex.com"}"#, #"{"role":"member"}"#,
    #"{"email_domain":"globex.com"}"#, #"{"username":"foreign@globex.com"}"#,
    #"{"include_inactive":true}"#, #"{"is_active":false}"#, #"{"status":["disabled"]}"#,
    #"{"status":["deleted"]}"#,
  ]
  private static let pages = [
    #"{"include_inactive":true,"sort_by":"email"}"#, #"{"limit":2,"offset":1}"#,
    #"{"limit":1,"sort_by":"name","sort_order":"desc"}"#,
  ]

  @Test(
    "Lists, counts, totals and cursors reveal nothing of other organizations",
    arguments: filters.map { ("users.list", $0) } + pages.map { ("users.list", $0) }
      + filters.map { ("users.count", $0) },
    [.member, .annotator, .helpdesk, .recruiter, .adminInOrganization] as [Caller])
  func scopedLists(question: (method: String, params: String), caller: Caller) throws {
    let replies = try [true, false].map { hasForeigners in
      try Directory(caller, hasForeigners: hasForeigners).client(caller)
        .call(question.method, question.params)
    }
    #expect(replies[0].isDone, "\(replies[0])")
    #expect(replies[0].withoutCursor == replies[1].withoutCursor)
  }

  @Test("Another organization is refused with the same reply whether it exists or not")
  func otherOrganizations() throws {
    for method in ["users.list", "users.count"] {
      let replies = try ["globex", "never-heard-of"].map { organization in
        try Directory(.member).client(.member).call(method, "{\"org_id\":\"\(organization)\"}")
      }
      #expect(replies[0].outcome == "403 organization")
      #expect(replies[0] == replies[1])
    }
  }

  /// Each caller, and the number of deleted accounts that its lists and counts include.
  @Test(
    "Lists and counts include deleted accounts only for callers that may restore them",
    arguments: [
      (.owner, 2), (.admin, 2), (.session, 2), (.adminInOrganization, 1), (.helpdesk, 1),
      (.adminReadOnly, 0), (.adminDenied, 0), (.narrowed, 0), (.auditor, 0), (.member, 0),
      (.memberWithoutOrganization, 0), (.annotator, 0), (.recruiter, 0),
    ] as [(Caller, Int)])
  func deleted(caller: Caller, count: Int) throws {
    let directory = try Directory(caller)
    try directory.add(
      50, "deleted@globex.com", roles: [], organization: "globex", flags: [.active, .deleted])
    let client = directory.client(caller)
    let list = client.call("users.list", #"{"status":["deleted"]}"#)
    #expect(list.list("result.users").count == count && list.int("result.total") == count)
    #expect(list.list("result.users").allSatisfy { $0["status"] as? String == "deleted" })
    #expect(client.call("users.count", #"{"status":["deleted"]}"#).int("result") == count)
    // Lists include them only if the filter names their status.
    let living = client.call("users.list", #"{"include_inactive":true}"#).int("result.total") ?? 0
    let all = #"{"status":["active","invited","disabled","deleted"]}"#
    #expect(client.call("users.list", all).int("result.total") == living + count)
    // No caller gets a single deleted account.
    let id = Target.deleted.id.text
    #expect(client.call("users.get", "{\"user_id\":\"\(id)\"}").resultText == "null")
  }

  /// An admin's rights under a token with these scopes and a launch in an organization.
  @Test(
    "A launch and a token each take rights away, and no request gives them back",
    arguments: [
      ([.read], nil, "users.list", "done"),
      ([.read], nil, "users.get_current", "done"),
      ([.read], nil, "users.create email=a@b name=A org_id=acme", "403 users.create"),
      ([.read], nil, "users.update user_id=peer@acme.com company=New", "403 users.update"),
      ([.read], nil, "users.delete user_id=peer@acme.com", "403 users.purge"),
      ([.delete], nil, "users.delete user_id=peer@acme.com", "403 users.purge"),
      ([.delete, .read], nil, "users.delete user_id=peer@acme.com mode=soft", "done"),
      // Deleting takes all rights of an account, so the caller has to hold them.
      ([.delete], nil, "users.delete user_id=peer@acme.com mode=soft", "403 users.read"),
      ([.delete], nil, "users.list", "403 users.read"),
      ([.read], "acme", "users.list org_id=globex", "403 organization"),
      ([.update], "acme", "users.update user_id=foreign@globex.com company=X", "404"),
      ([.update], "acme", "users.update user_id=peer@acme.com company=X", "done"),
      ([.update], "acme", "users.update user_id=peer@acme.com org_id=globex", "403 organization"),
      ([.update], "globex", "users.update user_id=foreign@globex.com company=X", "done"),
      ([.update], "globex", "users.update user_id=peer@acme.com company=X", "404"),
      (nil, "acme", "users.create email=a@b name=A org_id=globex", "403 organization"),
      (nil, "acme", "users.create email=a@b name=A", "done"),
    ] as [(Set<Capability>?, String?, String, String)])
  func narrowed(
    scopes: Set<Capability>?, organization: String?, call: String, outcome: String
  ) throws {
    let directory = try Directory(.admin)
    let token = directory.addToken(150, of: Target.own.id, .api, to: scopes)
    var limits = LaunchLimits()
    limits.organization = organization
    let reply = directory.client(token, limits).ask(call)
    #expect(reply.outcome == outcome, "\(reply)")
  }

  @Test("A launch limited to an organization other than the caller's leaves no right to read")
  func otherLaunch() throws {
    let directory = try Directory(.member)
    var limits = LaunchLimits()
    limits.organization = "globex"
    let client = directory.client(.user(Target.own.id), limits)
    #expect(client.call("users.list").outcome == "403 users.read")
    #expect(client.call("users.get_current").outcome == "403 users.read")
  }
}
