import Contract
import Secrets
import Testing
import UserMethods
import Users

/// Every asker × every secret × every way in which its account gains rights. A secret ends exactly
/// when its asker does not hold the rights that it then opens, according to `DocumentedPower`.
@Suite struct AskerMatrix {
  /// The caller that requests a secret for a peer, who is a member of acme.
  enum Asker: String, CaseIterable {
    case helpdesk, keeper, admin, adminInOrganization, adminWithoutPurge, owner
    /// The peer, with a token that the helpdesk created.
    case peerForHelpdesk
    /// The peer without limits, and with a launch that allows two capabilities.
    case peer, peerAllowed
  }

  enum Secret: String, CaseIterable {
    case token, tokenToRead, tokenForEvents, reset, invitation, temporaryPassword
  }

  /// The change that gives the peer more rights; `none` gives no rights.
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
    "A secret ends when its account outgrows its asker", arguments: Asker.allCases, Secret.allCases)
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
    "The first policy spares secrets of older versions, and ends secrets created with them")
  func olderSecrets() throws {
    let directory = try Directory(hasPolicy: false)
    let admin = try directory.add(1, "admin@good.com", roles: ["admin"])
    let label = try directory.add(2, "label@good.com", roles: ["auditor"])
    // Secrets of older versions have unknown askers.
    let old = directory.addToken(100, of: label.id, .api)
    let oldOfAdmin = directory.addToken(101, of: admin.id, .api)
    let made = directory.client(oldOfAdmin).ask("users.create_token user_id=label@good.com name=n")
    let new = directory.client(token: made.string("result.token"))
    let policy = DocumentedPolicy(roles: ["auditor": ["users.read": "all"]])
    let first = try directory.setPolicy(policy.parsed())
    #expect(first.accountsChanged == 1 && first.accessEnded == 1)
    #expect(directory.client(old).ask("users.count").isDone)
    #expect(new.ask("users.count").outcome == "401 unknown_token")
    // Clearing the policy does not make the next one a first policy.
    try directory.setPolicy(nil)
    let second = try directory.setPolicy(policy.parsed())
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
      try directory.setPolicy(policy.parsed())
    }

    /// The account that asks, and the limits of its launch.
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

    /// Requests the secret; false if this asker may not.
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
          // Only a new account gets a temporary password.
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

    /// Whether the requested secret still works. The helpdesk's own token does not count.
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
        try directory.setPolicy(grown.parsed())
      }
    }

    func check() throws {
      let isMade = make()
      // An owner may ask for every secret, so the matrix is never empty.
      #expect(isMade || asker != .owner, "\(self)")
      if !isMade { return }
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

    /// The rights that each asker of the secret holds now.
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
