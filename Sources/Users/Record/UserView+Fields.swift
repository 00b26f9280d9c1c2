public import Contract

extension UserView {
  /// The record as callers get it. Its fields, their order and their meaning are declared only
  /// here: the code that writes records and the code that describes them both use this list.
  @inline(__always)
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V, isCurrent: Bool) {
    v.field("id", id, "UUIDv7; its time is created_at.")
    v.field("email", email, "Unique, lower case. Null only for service accounts.")
    v.field("name", name, "Display name.")
    usernameField(&v)
    v.field("organization_id", organizationID, "The organization that the account belongs to.")
    v.field("roles", roles, "owner, admin, member, annotator, or labels of the host's own.")
    v.field("is_superuser", flags.contains(.superuser), "Holds owner or admin.")
    v.field("is_active", flags.contains(.active), "Whether the account is enabled.")
    v.field("is_blocked", flags.contains(.blocked), "Whether the account is blocked.")
    v.field("status", flags.status, "Derived from the other fields.")
    v.field("is_service_account", flags.contains(.serviceAccount), "Service account, not a person.")
    v.field("is_developer", flags.contains(.developer), "May create API tokens.")
    v.field("is_internal", flags.contains(.internal), "Can't be deleted.")
    v.field("email_verified", flags.contains(.emailVerified), "The email is verified.")
    v.field("has_completed_onboarding", flags.contains(.onboarded), "For the host's own use.")
    v.field("avatar_url", avatarURL, "An http or https address.")
    v.field("company", company, "Employer.")
    v.field("job_title", jobTitle, "Position.")
    v.field("metadata", metadata ?? .empty, "The host's own data, up to 16 KiB.")
    v.field("auto_groups", autoGroups, "Groups that the host puts this account in.")
    v.field("oauth_provider", oauthProvider, "OAuth provider where the account signs in.")
    v.field("oauth_id", oauthID, "The account's id at that provider.")
    v.field("last_login", lastLogin, "When the account last signed in.")
    v.field("created_at", id.createdAt, "When the account was created.")
    v.field("updated_at", updatedAt, "When the account last changed.")
    v.field("deleted_at", deletedAt, "When the account was deleted, if it can be restored.")
    v.field("version", version, "1, 2, 3 …: rises with every change.")
    v.field("is_current", isCurrent, "Whether this is the caller's own account.")
  }

  @inline(__always)
  private func usernameField<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    let description: StaticString = "Unique. Equals the email unless another one was chosen."
    if let given = shownUsername {
      v.field("username", given, description)
    } else {
      v.field("username", id, description)
    }
  }
}
