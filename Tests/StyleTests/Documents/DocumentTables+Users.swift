import Contract
import Server
import Users

extension DocumentTables {
  /// The fields of a record in the order of replies and exports.
  static var record: MarkdownTable {
    MarkdownTable(
      "Field", "Type", "Description",
      rows: UserView.describedFields.map { [$0.code, $0.schema.words, $0.description.asText] })
  }

  /// The params of `users.count`, which are also the first params of `users.list`.
  static var filters: MarkdownTable {
    MarkdownTable(
      "#", "Filter", "Type", "Description",
      rows: filterParams.enumerated().map { at, filter in
        let names = [filter.name, filter.alias].compactMap { $0?.asCode }
        return [
          "\(at + 1)", names.joined(separator: " or "), filter.schema.given.words,
          filter.description.asText,
        ]
      })
  }

  static var sorting: MarkdownTable {
    let description = method("users.list")?.params.first { $0.name == "sort_by" }?.description ?? ""
    return MarkdownTable(
      "`sort_by`", "Order",
      rows: SortKey.allCases.map { key in
        let isStandard = description.contains("(\(key.rawValue))")
        return [key.rawValue.asCode + (isStandard ? " (default)" : ""), key.order]
      })
  }

  static var events: MarkdownTable {
    MarkdownTable(
      "Type", "What happened", rows: EventType.allCases.map { [$0.rawValue.asCode, $0.deed] })
  }
}

extension Schema {
  /// The schema without null, which has the same effect as a missing param.
  fileprivate var given: Schema { if case .nullable(let inner) = self { inner } else { self } }
}

extension SortKey {
  fileprivate var order: String {
    switch self {
    case .createdAt: "by the time in the id, then by the rest of the id"
    case .email: "by code point; accounts without an email come first"
    case .name: "by code point, without regard to case and accents; equal names by email"
    case .updatedAt: "by the time of the latest change"
    }
  }
}

extension EventType {
  fileprivate var deed: String {
    switch self {
    case .userCreated: "An account was created."
    case .userUpdated: "Fields of an account were changed."
    case .userDeleted: "An account was deleted, for good or so that it can be restored."
    case .userRestored: "A deleted account was restored."
    case .userInvited: "An account was invited, or invited again."
    case .invitationAccepted: "The invited person chose a password."
    case .passwordResetRequested: "A password reset was made for an account."
    case .passwordChanged: "The account got another password."
    case .tokenCreated: "An API token was made for an account."
    case .tokenRevoked: "An API token of an account was revoked, or ended before its time."
    case .policyChanged: "The policy of the store was set or cleared."
    }
  }
}
