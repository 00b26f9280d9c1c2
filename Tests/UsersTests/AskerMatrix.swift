import Contract
import Secrets
import Testing
import UserMethods
import Users

/// Who asked for a secret × which secret × how its account comes to more power: it ends exactly if who
/// asked for it would not hold what it opens then. What that is, `DocumentedPower` says.
@Suite struct AskerMatrix {
  /// Who asks, for a peer who is a member of acme.
  enum Asker: String, CaseIterable {
    case helpdesk, keeper, admin, adminInOrganization, adminWithoutPurge, owner
    /// The peer, by a token that the helpdesk had made.
    case peerForHelpdesk
    /// The peer, as they are, and launched for two capabilities.
    case peer, peerAllowed
  }

  enum Secret: String, CaseIterable {
    case token, tokenToRead, tokenForEvents, reset, invitation, temporaryPassword
  }

  /// What gives the peer more.
  enum Growth: String, CaseIterable {
    case admin, superuser, owner, keeper, beta, betaByBulk, betaByIfExists, betaByTool, policy, none
  }

  private static let capabilities = Set(DocumentedPower.capabilities)
  private static let policy = DocumentedPolicy(roles: [
    "helpdesk": [
      "users.read": "organization", "users.create": "organization", "users.invite": "organization",
      "users.reset_password": "organization", "users.tokens": "organization",
    ],
    "keeper": [
      "users.read": "organization", "users.create": "organization", "users.invite": "organization",
      "users.reset_password": "organization", "users.tokens": "organization",
      "users.update": "organization", "users.grant": "organization",
    ],
  ])

  @Test(
    "A secret ends when its account outgrows who asked", arguments: Asker.allCases, Secret.allCases)
  func secrets(asker: Asker, secret: Secret) throws {
    let catalog = try Directory().catalog
    for growth in Growth.allCases {
      try PasswordHash.$isWeak.withValue(true) {
        let stage = try Stage(asker, secret, growth, Directory(catalog: catalog))
        try stage.check()
      }
    }
  }

  @Test(
    "The first policy spares what an older Roster made, and nothing that was made with it since")
  func olderSecrets() throws {
    let directory = try Directory(hasPolicy: false)
    let admin = try directory.add(1, "admin@good.com", roles: ["admin"])
    let label = try directory.add(2, "label@good.com", roles: ["auditor"])
    // Of what older Rosters made nobody knows who asked.
    let old = directory.addToken(100, of: label.id, .api)
    let oldOfAdmin = directory.addToken(101, of: admin.id, .api)
    let made = directory.client(oldOfAdmin).ask("users.create_token user_id=label@good.com name=n")
    let new = directory.client(token: made.string("result.token"))
    let policy = DocumentedPolicy(roles: ["auditor": ["users.read": "all"]])
    let first = try directory.setPolicy(ClosureWorld.parse(policy))
    #expect(first.accountsChanged == 1 && first.accessEnded == 1)
    #expect(directory.client(old).ask("users.count").isDone)
    #expect(new.ask("users.count").outcome == "401 unknown_token")
    // Clearing in between is no way to another first one.
    try directory.setPolicy(nil)
    let second = try directory.setPolicy(ClosureWorld.parse(policy))
    #expect(second.accessEnded == 1)
    #expect(directory.client(old).ask("users.count").outcome == "401 unknown_token")
  }

  /// One case of the matrix.
  private struct Stage {
    let asker: Asker
    let secret: Secret
    let growth: Growth
    let directory: Directory
    let owner: Client
    var policy = AskerMatrix.policy

    init(_ asker: Asker, _ secret: Secret, _ growth: Growth, _ directory: Directory) throws {
      (self.asker, self.secret, self.growth, self.directory) = (asker, secret, growth, directory)
      let root = try directory.add(1, "root@good.com", roles: ["owner"], organization: nil)
      owner = directory.client(root)
      try directory.add(2, "helpdesk@good.com", roles: ["helpdesk"])
      try directory.add(3, "keeper@good.com", roles: ["keeper"])
      try directory.add(4, "admin@good.com", roles: ["admin"])
      let waits: UserFlags =
        [.invitation, .temporaryPassword].contains(secret) ? [.invited] : []
      try directory.add(
        5, "peer@good.com", roles: ["member", "billing"],
        flags: waits.union([.active, .developer, .emailVerified]))
      directory.setPassword(of: Directory.id(5))
      try directory.setPolicy(ClosureWorld.parse(policy))
    }

    /// The account that asks, and within which limits.
    private var launch: (number: Int64, allowed: Set<String>?, organization: String?) {
      switch asker {
      case .helpdesk: (2, nil, nil)
      case .keeper: (3, nil, nil)
      case .admin: (4, nil, nil)
      case .adminInOrganization: (4, nil, "acme")
      case .adminWithoutPurge: (4, capabilities.subtracting(["users.purge"]), nil)
      case .owner: (1, nil, nil)
      case .peer, .peerForHelpdesk: (5, nil, nil)
      case .peerAllowed: (5, ["users.read", "users.tokens"], nil)
      }
    }

    private var client: Client {
      let user = Directory.id(launch.number)
      var limits = LaunchLimits()
      limits.organization = launch.organization
      limits.allowed = launch.allowed.map { Set($0.compactMap(Capability.init(rawValue:))) }
      guard asker == .peerForHelpdesk else { return directory.client(.user(user), limits) }
      let made = directory.client(.user(Directory.id(2))).ask(
        "users.create_token user_id=peer@good.com name=h")
      return directory.client(token: made.string("result.token"))
    }

    /// Asks; false for what this asker may not ask for.
    private func make() -> Bool {
      let call =
        switch secret {
        case .token: "users.create_token user_id=peer@good.com name=t"
        case .tokenToRead: #"users.create_token user_id=peer@good.com name=t scopes=["users.read"]"#
        case .tokenForEvents:
          #"users.create_token user_id=peer@good.com name=t scopes=["users.tokens"]"#
        case .reset: "users.reset_password user_id=peer@good.com"
        case .invitation: "users.invite user_id=peer@good.com"
        case .temporaryPassword:
          // A new account: only so is one made.
          "users.create email=new@good.com name=N org_id=acme invite_mode=temporary_password"
        }
      return client.ask(call).isDone
    }

    private var email: String { secret == .temporaryPassword ? "new@good.com" : "peer@good.com" }

    private func user() -> User? {
      var user: User?
      _ = directory.store.read(.email(email)) { user = User($0) }
      return user
    }

    /// Whether what was asked for still opens something. (What the helpdesk had made does not count.)
    private func isThere() -> Bool {
      guard let user = user() else { return false }
      if secret == .temporaryPassword { return directory.store.password(of: user.id) != nil }
      return directory.store.tokens(of: user.id).contains { $0.name != "h" }
    }

    private func grow() throws {
      let update = "users.update user_id=\(email)"
      switch growth {
      case .none: owner.ask("\(update) job_title=X")
      case .admin: owner.ask(#"\#(update) roles=["admin"]"#)
      case .superuser: owner.ask("\(update) is_superuser=true")
      case .owner: owner.ask(#"\#(update) roles=["owner"]"#)
      case .keeper: owner.ask(#"\#(update) roles=["keeper"]"#)
      case .beta: owner.ask("\(update) org_id=beta")
      case .betaByBulk:
        owner.call(
          "users.bulk",
          "{\"operations\":[{\"method\":\"users.update\",\"params\":{\"user_id\":\"\(email)\","
            + "\"org_id\":\"beta\"}}]}")
      case .betaByIfExists:
        owner.ask("users.create email=\(email) name=N if_exists=update org_id=beta")
      case .betaByTool:
        owner.call(
          "tools/call",
          "{\"name\":\"users_update\",\"arguments\":{\"user_id\":\"\(email)\",\"org_id\":\"beta\"}}"
        )
      case .policy:
        var grown = policy
        grown.roles["billing"] = ["users.delete": "organization"]
        try directory.setPolicy(ClosureWorld.parse(grown))
      }
    }

    func check() throws {
      guard make() else { return }
      #expect(isThere(), "\(self)")
      let before = user()
      try grow()
      let after = try #require(user())
      var policy = policy
      if growth == .policy { policy.roles["billing"] = ["users.delete": "organization"] }
      let power = DocumentedPower(of: after, policy)
      let hasGrown =
        !power.beyond(before.map { DocumentedPower(of: $0, self.policy) } ?? .none).isNone
      let opened = power.limited(to: scopes, nil)
      let isKept = !hasGrown || holders(policy, after).allSatisfy { opened.beyond($0).isNone }
      #expect(isThere() == isKept, "\(asker) \(secret) \(growth)")
    }

    private var scopes: Set<String>? {
      switch secret {
      case .tokenToRead: ["users.read"]
      case .tokenForEvents: ["users.tokens"]
      default: nil
      }
    }

    /// What each who stands behind the secret holds now.
    private func holders(_ policy: DocumentedPolicy, _ changed: User) -> [DocumentedPower] {
      var numbers = [launch.number]
      if asker == .peerForHelpdesk { numbers.append(2) }
      return numbers.map { number in
        var user: User?
        _ = directory.store.read(.id(Directory.id(number))) { user = User($0) }
        let power = user.map { DocumentedPower(of: $0, policy) } ?? .none
        return number == launch.number
          ? power.limited(to: launch.allowed, launch.organization) : power
      }
    }
  }
}
