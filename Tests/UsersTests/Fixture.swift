import JSON
import Secrets
import UserMethods

/// What the directories of the tests begin with.
enum Fixture {
  static let password = "correct horse"

  /// The hash of the password, with the lowest cost for speed.
  static let passwordHash = PasswordHash(
    text: "$argon2id$v=19$m=8,t=1,p=1$b809Sk8sOmysi4FCfB/kHg"
      + "$GjUjVkje4mv6mmgjYSt+9wjH0auFoI4TEUeGZj+n0Qo")

  /// Custom roles as a policy file has them.
  private static let roles = [
    "helpdesk": grants("organization", "read", "update", "delete"),
    "auditor": grants("all", "read", "events"),
    "recruiter": grants("organization", "reset_password", "invite"),
    "granter": grants("organization", "read", "update", "create", "grant"),
    "minter": grants("organization", "read", "tokens"),
    "maker": grants("organization", "create"),
    "appointer": grants("organization", "create", "grant"),
    "watcher": grants("organization", "events"),
    "roamer": grants("all", "create", "update"),
    "mover": grants("all", "create") + "," + grants("organization", "read", "update"),
    "selfservice": grants("self", "update"),
  ]

  private static func grants(_ scope: String, _ capabilities: String...) -> String {
    capabilities.map { "{\"capability\":\"users.\($0)\",\"scope\":\"\(scope)\"}" }
      .joined(separator: ",")
  }

  static let policyText: String = {
    let members = roles.map { "\"\($0.key)\":{\"grants\":[\($0.value)]}" }
    let text = "{\"roles\":{\(members.joined(separator: ","))}}"
    var parser = JSONParser()
    let policy = Array(text.utf8).withUnsafeBufferPointer { bytes in
      try? Policy(parser.parse(bytes))
    }
    guard let policy else { fatalError("the policy of the fixture is not valid") }
    return policy.text
  }()
}
