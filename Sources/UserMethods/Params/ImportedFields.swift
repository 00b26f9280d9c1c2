internal import Contract
internal import Users

/// The fields that a row may contain in addition to those that callers may set.
struct ImportedFields {
  let isServiceAccount: Bool?
  let isInternal: Bool?
  let id: UserID?
  let status: UserStatus?
  let lastLogin: Timestamp?
  let createdAt: Timestamp?
  let updatedAt: Timestamp?
  let deletedAt: Timestamp?
  let version: Version?
  let inviteMode: InviteMode?
  let ifExists: ImportChoice?

  init(_ v: inout ParamVisitor) {
    isServiceAccount = v.optional("is_service_account", "Service account, not a person.")
    isInternal = v.optional("is_internal", "Can't be deleted.")
    let id: ImportedID? = v.optional("id", "The id of an exported account.")
    self.id = id?.id
    status = v.optional("status", "State of the account.")
    lastLogin = v.optional("last_login", "When the account last signed in.")
    createdAt = v.optional(
      "created_at", "When the account was created; the id's time if it has one.")
    updatedAt = v.optional("updated_at", "When the account last changed.")
    deletedAt = v.optional("deleted_at", "When the account was deleted.")
    version = v.optional("version", "The version of an exported account.")
    let _: Bool? = v.optional("is_current", "Ignored.")
    inviteMode = v.optional("invite_mode", "How the person gets access.")
    ifExists = v.optional("if_exists", "What to do where the email is taken.")
  }

  var isDeleted: Bool { status == .deleted || deletedAt != nil }
}
