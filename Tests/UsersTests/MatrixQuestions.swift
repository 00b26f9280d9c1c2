import Secrets
import UserMethods
import Users

/// How a call names an account.
enum Reference: CaseIterable {
  case email, id
}

/// The values with which a question names its target and the target's secrets.
struct Asked {
  let target: Target
  let reference: Reference
  private let addToken: (TokenKind) -> TokenText

  init(_ directory: StoreDirectory<some UserStore>, _ target: Target, _ reference: Reference) {
    self.target = target
    self.reference = reference
    addToken = { directory.addToken(200, of: target.id, $0) }
  }

  /// The target, as a JSON string.
  var account: String {
    switch reference {
    case .email: "\"\(target.email)\""
    case .id: "\"\(target.id.text)\""
    }
  }

  /// The target as a filter of lists.
  var filter: String {
    switch reference {
    case .email: "\"email\":\(account)"
    case .id: "\"user_ids\":[\(account)]"
    }
  }

  var tokenID: String { Directory.id(target.tokenNumber).text }

  /// A new secret of the target, or an unknown one if the account does not exist.
  func secret(_ kind: TokenKind) -> String {
    if target == .absent { return TokenText.random().text }
    return addToken(kind).text
  }
}

/// One way to call a method, with valid params.
struct Question: Sendable {
  /// The method, followed by a variant if there are several.
  let name: String
  let setup: Setup
  /// The ways in which the target is named; one is enough where the account makes no difference.
  let references: [Reference]
  let params: @Sendable (Asked) -> String

  var method: String { String(name.prefix { $0 != " " }) }

  init(
    _ name: String, _ setup: Setup = .plain, by references: [Reference] = Reference.allCases,
    _ params: @escaping @Sendable (Asked) -> String
  ) {
    self.name = name
    self.setup = setup
    self.references = references
    self.params = params
  }

  static func named(_ name: String) -> Question? { all.first { $0.name == name } }

  static let all =
    reading + changing + credentials + [
      Question("users.bulk", by: [.email]) {
        "{\"operations\":[{\"method\":\"users.update\",\"params\":"
          + "{\"user_id\":\($0.account),\"company\":\"New\"}}]}"
      },
      Question("server.info", by: [.email]) { _ in "{}" },
      Question("rpc.discover", by: [.email]) { _ in "{}" },
    ]

  private static let reading = [
    Question("users.list") { "{\($0.filter)}" },
    Question("users.list the deleted") { "{\($0.filter),\"status\":[\"deleted\"]}" },
    Question("users.count") { "{\($0.filter)}" },
    Question("users.get") { "{\"user_id\":\($0.account)}" },
    Question("users.get_current", by: [.email]) { _ in "{}" },
    // By email an account has to exist; by id the feed also has the events of deleted accounts.
    Question("users.events", by: [.email]) { "{\"user_id\":\($0.account)}" },
    Question("users.events by id", by: [.id]) { "{\"user_id\":\($0.account)}" },
    Question("users.subscribe", by: [.email]) { _ in "{}" },
    Question("users.unsubscribe", by: [.email]) { _ in "{}" },
  ]

  private static let changing = [
    // Its target is an organization.
    Question("users.create", by: [.email]) {
      "{\"email\":\"new@acme.com\",\"name\":\"New\",\"org_id\":\"\($0.target.organization)\"}"
    },
    Question("users.update") { "{\"user_id\":\($0.account),\"company\":\"New\"}" },
    Question("users.update email") { "{\"user_id\":\($0.account),\"email\":\"new@acme.com\"}" },
    Question("users.update roles") { "{\"user_id\":\($0.account),\"roles\":[\"annotator\"]}" },
    Question("users.update is_blocked") { "{\"user_id\":\($0.account),\"is_blocked\":true}" },
    // An account that is already deleted is found by its id.
    Question("users.delete", by: [.email]) { "{\"user_id\":\($0.account)}" },
    Question("users.delete by id", by: [.id]) {
      "{\"user_id\":\($0.account),\"mode\":\"permanent\"}"
    },
    Question("users.delete softly") { "{\"user_id\":\($0.account),\"mode\":\"soft\"}" },
    Question("users.delete the deleted", .othersDeleted, by: [.id]) {
      "{\"user_id\":\($0.account),\"mode\":\"permanent\"}"
    },
    Question("users.restore", .othersDeleted) { "{\"user_id\":\($0.account)}" },
  ]

  private static let credentials = [
    Question("users.invite", .othersInvited) { "{\"user_id\":\($0.account)}" },
    Question("users.reset_password") { "{\"user_id\":\($0.account)}" },
    Question("users.create_token") { "{\"user_id\":\($0.account),\"name\":\"new\"}" },
    Question("users.create_token to read") {
      "{\"user_id\":\($0.account),\"name\":\"new\",\"scopes\":[\"users.read\"]}"
    },
    Question("users.list_tokens") { "{\"user_id\":\($0.account)}" },
    Question("users.revoke_token", by: [.id]) { "{\"token_id\":\"\($0.tokenID)\"}" },
    Question("users.sign_out", by: [.email]) { _ in "{}" },
    Question("users.accept_invitation", .allInvited, by: [.email]) {
      "{\"token\":\"\($0.secret(.invitation))\",\"password\":\"another horse\"}"
    },
    Question("users.authenticate", by: [.email]) {
      "{\"email\":\($0.account),\"password\":\"\(Directory.password)\"}"
    },
    Question("users.change_password", by: [.email]) {
      "{\"email\":\($0.account),\"current_password\":\"\(Directory.password)\","
        + "\"new_password\":\"another horse\"}"
    },
    Question("users.complete_password_reset", by: [.email]) {
      "{\"token\":\"\($0.secret(.passwordReset))\",\"new_password\":\"another horse\"}"
    },
  ]
}
