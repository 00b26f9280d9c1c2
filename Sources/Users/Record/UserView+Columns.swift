extension UserView {
  /// The columns of a record, declared only here: `Record` writes and reads them in this order. New
  /// columns must be added at the end. The texts for searching are not among them, because they
  /// follow from the others.
  @inline(__always)
  public mutating func columns<V: ColumnVisitor & ~Copyable>(_ v: inout V) {
    v.id(&id)
    v.column("flags", &flags)
    v.column("version", &version)
    v.column("updated_at", &updatedAt)
    v.column("last_login", &lastLogin)
    v.column("deleted_at", &deletedAt)
    v.column("name", &name)
    v.column("roles", &roles)
    v.column("auto_groups", &autoGroups)
    v.column("metadata", &metadata)
    v.column("email", &email)
    v.column("username", &username)
    v.column("organization_id", &organizationID)
    v.column("avatar_url", &avatarURL)
    v.column("company", &company)
    v.column("job_title", &jobTitle)
    v.column("oauth_provider", &oauthProvider)
    v.column("oauth_id", &oauthID)
  }

  /// An empty view, to be filled.
  public static var blank: UserView {
    UserView(
      id: UserID(key: 0, tail: 0), name: .empty, flags: [],
      updatedAt: Timestamp(milliseconds: 0), version: 1)
  }
}
