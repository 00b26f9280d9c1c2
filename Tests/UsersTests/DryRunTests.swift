import Contract
import Testing
import UserMethods
import Users

/// A dry run of a call or of a bulk changes nothing and returns no secret.
@Suite struct DryRunTests {
  private static let mutations = [
    "users.create email=a@b name=A org_id=acme", "users.update user_id=peer@acme.com company=New",
    "users.create email=a@b name=A org_id=acme invite_mode=email_link",
    "users.create email=a@b name=A org_id=acme invite_mode=temporary_password",
    "users.delete user_id=peer@acme.com", "users.delete user_id=peer@acme.com mode=soft",
    "users.restore user_id=deleted@acme.com", "users.invite user_id=new@acme.com",
    "users.reset_password user_id=peer@acme.com", "users.create_token user_id=peer@acme.com name=x",
    "users.revoke_token token_id=\(Directory.id(Target.peer.tokenNumber).text)",
  ]

  private static func directory() throws -> Directory {
    let directory = try Directory(.owner)
    try directory.add(20, "new@acme.com", roles: ["member"], flags: [.active, .invited])
    directory.addToken(21, of: Target.peer.id, .api, expiresAt: directory.now)
    return directory
  }

  /// Everything that a client can see, and all events.
  private static func everything(_ client: Client) -> [Reply] {
    let everybody = #"status=["active","invited","disabled","deleted"]"#
    return [
      client.ask("users.list \(everybody)"), client.ask("users.events"),
      client.ask("users.list_tokens user_id=peer@acme.com"), client.ask("users.list_tokens"),
      client.ask("users.list query=peer"), client.ask("users.count org_id=acme"),
    ]
  }

  /// A call as an entry of a bulk.
  private static func entry(_ call: String) -> String {
    let request = Client.request(call)
    return "{\"method\":\"\(request.method)\",\"params\":\(request.params)}"
  }

  @Test("A dry run of a call changes nothing", arguments: mutations)
  func single(call: String) throws {
    let client = try Self.directory().client(.owner)
    let before = Self.everything(client)
    let rehearsed = client.ask(call + " dry_run=true")
    #expect(rehearsed.isDone, "\(rehearsed)")
    #expect(!rehearsed.text.contains("one_time") && !rehearsed.text.contains("roster_"))
    #expect(Self.everything(client) == before)
    #expect(client.ask(call).isDone)
    #expect(Self.everything(client) != before)
  }

  /// A dry run of one operation rolls back that operation only, and not the transaction around it.
  @Test(
    "A dry run of a bulk changes nothing, and neither does a failed atomic bulk",
    arguments: mutations, ["", " dry_run=true"])
  func bulk(call: String, ending: String) throws {
    let client = try Self.directory().client(.owner)
    let before = Self.everything(client)
    let operations = [
      "users.create email=c@d name=C org_id=acme", call + ending,
      "users.update user_id=higher@acme.com company=New",
    ].map(Self.entry).joined(separator: ",")
    for how in ["\"dry_run\":true", "\"atomic\":true"] {
      let reply = client.call("users.bulk", "{\"operations\":[\(operations)],\(how)}")
      #expect(reply["result.committed"] as? Bool == false, "\(reply)")
      #expect(!reply.text.contains("one_time") && !reply.text.contains("roster_"), "\(reply)")
      #expect(Self.everything(client) == before, "\(how)")
    }
    let kept = client.call("users.bulk", "{\"operations\":[\(operations)]}")
    #expect(kept["result.committed"] as? Bool == true)
    #expect(Self.everything(client) != before)
  }
}
