extension UserView {
  /// The columns of an account, declared only here: binding, reading, comparing and checking use
  /// this list in this order. New columns must be added at the end.
  @inline(__always)
  public mutating func columns<V: ColumnVisitor & ~Copyable>(_ v: inout V) {
    v.id(&id)
    v.column("flags", &flags)
    v.column("version", &version)
    v.column("updated_at", &updatedAt)
    v.column("last_login", &lastLogin)
    v.column("deleted_at", &deletedAt)
    v.column("name", &name)
    v.column("search", &search)
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

  /// The names of the columns, in their order.
  public static let columnNames: [String] = {
    var names = ColumnNames()
    var row = UserView.blank
    row.columns(&names)
    return names.names
  }()

  /// The values of the columns, in their order.
  public var columnValues: [ColumnValue] {
    var collector = ColumnCollector()
    collector.values.reserveCapacity(24)
    var row = self
    row.columns(&collector)
    return collector.values
  }

  /// An empty view, to be filled.
  public static var blank: UserView {
    UserView(
      id: UserID(key: 0, tail: 0), name: .empty, flags: [],
      updatedAt: Timestamp(milliseconds: 0), version: 1)
  }
}

private struct ColumnNames: ColumnVisitor {
  var names: [String] = []

  mutating func id(_ value: inout UserID) { names += ["key", "tail"] }
  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
    names.append(name.description)
  }
  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
    names.append(name.description)
  }
}

private struct ColumnCollector: ColumnVisitor {
  var values: [ColumnValue] = []

  mutating func id(_ value: inout UserID) {
    values.append(.number(value.key))
    values.append(.number(value.tail))
  }
  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
    values.append(.number(value.column))
  }
  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
    values.append(.text(value.column))
  }
}
