import Contract
import Users

@testable import UserMethods

extension DocumentTables {
  /// The capabilities of the predefined roles in a store without a policy.
  static var capabilities: MarkdownTable {
    let roles = RoleName.predefined
    return MarkdownTable(
      columns: ["Capability", "What it is for"] + roles.map(\.asCode),
      rows: Capability.allCases.map { capability in
        [capability.rawValue.asCode, capability.purpose]
          + roles.map { reach(of: capability, to: $0) }
      })
  }

  /// The scope of a role's capability; empty if the role does not have it.
  private static func reach(of capability: Capability, to role: String) -> String {
    func grant(isDeveloper: Bool) -> String? {
      var user = User(id: UserID(key: 0, tail: 0))
      user.flags.set(.developer, isDeveloper)
      return Policy.standard.grants(of: role, to: user).first { $0.0 == capability }?.1.rawValue
    }
    let (always, developer) = (grant(isDeveloper: false), grant(isDeveloper: true))
    if always == developer { return always ?? "" }
    return [always, developer.map { "\($0), if `is_developer`" }].compactMap { $0 }
      .joined(separator: "; ")
  }
}

extension Capability {
  fileprivate var purpose: String {
    switch self {
    case .read: "list, count and read accounts"
    case .create: "create accounts"
    case .update: "change accounts"
    case .invite: "invite people"
    case .resetPassword: "reset passwords"
    case .delete: "delete accounts so that they can be restored, see these, and restore them"
    case .purge: "delete accounts for good"
    case .grant: "give and take roles"
    case .events: "read the feed of changes and subscribe to it"
    case .tokens: "make, list and revoke API tokens"
    }
  }
}
