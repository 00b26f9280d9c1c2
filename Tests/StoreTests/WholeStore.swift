import Contract
import Secrets
import UserMethods
import Users

/// A directory with something in every table of a store.
enum WholeStore {
  static let organizations = ["acme", "globex"]

  static let ada = Account.make(1) { user in
    user.name = "Ágnes"
    user.email = "Straße@Example.com"
    user.username = "ＡDA"
    user.metadata = #"{"a":[1,2.50]}"#
    user.oauthProvider = "google"
    user.oauthID = "7"
    user.roles = ["admin", "billing"]
    user.autoGroups = ["staff"]
    user.flags = [.active, .superuser, .emailVerified]
    user.version = 9
    user.lastLogin = Sample.time(44)
  }
  static let robot = Account.make(2) { user in
    user.email = nil
    user.username = user.defaultUsername
    user.organizationID = nil
  }
  static let gone = Account.make(3) { $0.organizationID = "globex" }.deleted(at: Sample.time(5))
  /// Never changed after its creation.
  static let bob = Account.make(4)
  static let policy = #"{"roles":{"billing":{"grants":[]}}}"#

  private static var tokens: [Token] {
    [
      Sample.token(1, of: ada) { token in
        token.name = "Zoë's \"laptop\""
        token.capabilities = [.read]
        token.lastUsed = Sample.time(77)
        token.askers = .powerless(Account.owner.id)
      },
      Sample.token(2, of: ada, .session), Sample.token(3, of: bob, .invitation),
      Sample.token(4, of: robot, .passwordReset), Sample.token(5, of: bob),
    ]
  }

  private static var temporary: Password {
    var password = Sample.password(2, of: bob, until: Sample.time(9))
    password.askers = .powerless(Account.owner.id)
    return password
  }

  static func fill(_ store: any UserStore) throws {
    try store.writing {
      for user in [ada, robot, gone, bob] {
        let packed = PackedUser(user)
        try store.insert(packed)
        try store.append(.creation(of: packed, after: store.latestEvent))
      }
      try store.setFormerRoles(FormerRoles(["annotator"], isJudged: true), of: gone.id)
      try store.setPassword(Sample.password(1, of: ada), of: ada.id)
      try store.setPassword(temporary, of: bob.id)
      for token in tokens { try store.insert(token) }
      try store.setAttempts(
        Attempts(failures: 3, last: Sample.time(1)), of: Sample.digest(1),
        forgottenBefore: Sample.time(0))
      try remember(store)
      try store.setPolicyText(policy)
    }
    try change(store)
  }

  private static func remember(_ store: any UserStore) throws {
    var answer = IdempotencyRecord(
      request: Sample.digest(8), text: #"{"id":"\#(ada.id.text)","other":"\#(bob.id.text)"}"#,
      at: Sample.time(3))
    answer.proof = PasswordHash(text: "$argon2id$8")
    answer.userID = ada.id
    try store.remember(answer, to: Sample.digest(2), forgottenBefore: Sample.time(0))
    let plain = IdempotencyRecord(request: Sample.digest(9), text: "true", at: Sample.time(4))
    try store.remember(plain, to: Sample.digest(3), forgottenBefore: Sample.time(0))
  }

  /// Changes that leave other forms of events: lists, an entry, and an event about no account.
  private static func change(_ store: any UserStore) throws {
    try store.writing {
      var moved = ada
      moved.organizationID = "globex"
      try store.replace(PackedUser(ada), with: PackedUser(moved))
      let latest = try store.latestEvent
      try store.append(
        Event(
          seq: latest.seq + 1, type: .userUpdated, at: latest.at, actorID: bob.id, userID: ada.id,
          email: ada.email, organizationID: "globex", formerOrganizationID: "acme",
          changes: .list(ChangeList("organization_id", before: "acme", after: "globex")),
          entry: .creation(of: PackedUser(moved))))
      try store.append(
        Event(
          seq: latest.seq + 2, type: .policyChanged, at: latest.at, actorID: nil, userID: nil,
          email: nil, organizationID: nil, changes: .none))
      // The feed may begin later than with its first event.
      _ = try store.pruneEvents(before: .now.adding(1000), limit: 1)
    }
  }
}
