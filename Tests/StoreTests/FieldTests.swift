import Contract
import Foundation
import JSON
import SQLiteUserStore
import Testing
import UserMethods
import Users

/// Every field of the record is handled everywhere that it has to be. A field that one place omits
/// fails one of these tests; a new field needs no change to them.
@Suite struct FieldTests {
  /// Fields that no caller sets, that follow from another field, or that are set at creation only.
  private static let derived: Set = [
    "id", "is_superuser", "status", "last_login", "created_at", "updated_at", "deleted_at",
    "version", "is_current", "is_service_account", "is_internal",
  ]

  /// The params of `users.create` that set a field, without the options of the call.
  private static let settable =
    UserMethods.descriptions
    .first { $0.name.description == "users.create" }?.params.filter { param in
      let deeds = [
        "invite_mode", "if_exists", "expected_version", "idempotency_key", "dry_run",
        "is_superuser", "is_service_account", "is_internal",
      ]
      return !deeds.contains(param.name)
    } ?? []

  private static let names: [String: String] = ["org_id": "organization_id"]

  @Test("Callers can set exactly the fields that records return, except the derived ones")
  func isSettable() {
    let told = Set(UserView.describedFields.map(\.name)).subtracting(Self.derived)
    #expect(told == Set(Self.settable.map { Self.names[$0.name] ?? $0.name }))
  }

  @Test("Every column is a field of the record, or internal to the store")
  func isDeclared() {
    var columns = ColumnNames()
    var row = UserView.blank
    row.columns(&columns)
    let members = Set(UserView.describedFields.map(\.name))
    #expect(columns.names.subtracting(["flags"]).isSubset(of: members))
    #expect(columns.names.count == 17)
  }

  private struct ColumnNames: ColumnVisitor {
    var names: Set<String> = []

    func id(_ value: inout UserID) {}
    mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
      names.insert(name.description)
    }
    mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
      names.insert(name.description)
    }
  }

  /// A value that fits a schema, as JSON. Strings and objects differ by number.
  private static func value(_ schema: Schema, _ number: Int) throws -> String {
    switch schema {
    case .nullable(let inner): return try value(inner, number)
    case .boolean: return "true"
    case .freeObject: return "{\"n\":\(number)}"
    case .array(let element, _): return "[\(try value(element, number))]"
    case .string(_, let pattern, _):
      let texts = [
        "text-\(number)", "user\(number)@acme.example", "https://acme.example/\(number)",
      ]
      let fitting = try texts.first { text in
        try pattern.map { try Regex($0).firstMatch(in: text) != nil } ?? true
      }
      return "\"\(try #require(fitting))\""
    default:
      Issue.record("there is no value for \(schema)")
      return "null"
    }
  }

  /// The record of an account that is created with a value in every field except `omitted`.
  private func created<Store: UserStore>(
    in store: Store, without omitted: Set<String>, _ number: Int
  ) throws -> [String: String] {
    let params = try Self.settable.filter { !omitted.contains($0.name) }.map { param in
      "\"\(param.name)\":\(try Self.value(param.schema, number))"
    }
    let control = StoreAccessControl(
      store: store, identity: .user(Account.owner.id), limits: LaunchLimits())
    var out = ByteBuffer()
    for (name, json) in [
      ("users.create", "{\(params.joined(separator: ","))}"),
      ("users.get", "{\"user_id\":\"user\(number)@acme.example\"}"),
    ] {
      out.truncate(to: 0)
      let method = UserMethods.methods(on: Store.self).first {
        $0.description.name.description == name
      }
      var parser = JSONParser()
      try Array(json.utf8).withUnsafeBufferPointer { bytes in
        let params = try parser.parse(bytes)
        try #require(method).run(params, control, RequestContext(), into: &out)
      }
      try store.commit()
    }
    var parser = JSONParser()
    let record = try parser.parse(out.bytes)
    return Dictionary(
      uniqueKeysWithValues: record.fields.map { member in
        var text = ByteBuffer()
        text.append(compact: member.value)
        return (member.key.string ?? "", text.string)
      })
  }

  /// An account with an OAuth identity can't choose a username, so two accounts cover all fields.
  private static let omissions: [Set<String>] = [["oauth_provider", "oauth_id"], ["username"]]

  @Test("A field that is set at creation is returned with its value", arguments: StoreKind.allCases)
  func comesBack(kind: StoreKind) throws {
    try kind.withStore { store in
      for (at, omitted) in Self.omissions.enumerated() {
        let record = try created(in: store, without: omitted, at)
        for param in Self.settable where !omitted.contains(param.name) {
          let expected = try Self.value(param.schema, at)
          #expect(record[Self.names[param.name] ?? param.name] == expected, "\(param.name)")
        }
      }
    }
  }

  /// The columns that repeat parts of a record, in the order of the table.
  private static let copies = [
    "flags", "updated_at", "deleted_at", "last_login", "organization_id", "search_name", "email",
    "search_email", "username", "roles", "auto_groups", "oauth_provider", "oauth_id",
  ]

  @Test("A read detects every changed byte of a record", arguments: 0..<40)
  func recordsAreChecked(at: Int) throws {
    try withFile { path, store in
      try RawDatabase(path: path).run(
        """
        UPDATE users SET record = CAST(substr(record, 1, \(at))
          || CASE substr(record, \(at + 1), 1) WHEN x'00' THEN x'01' ELSE x'00' END
          || substr(record, \(at + 2)) AS BLOB)
        """)
      #expect(throws: StoreError.self) { try read(store, Filter(scope: .all)) }
    }
  }

  @Test("A changed copy of a field lets no account through that does not match", arguments: copies)
  func copiesAreNotBelieved(column: String) throws {
    try withFile { path, store in
      let before = try filters.map { try read(store, $0) }
      let raw = try RawDatabase(path: path)
      let type = try raw.run("SELECT type FROM pragma_table_info('users') WHERE name = '\(column)'")
      try raw.run(
        type == ["INTEGER"]
          ? "UPDATE users SET \(column) = coalesce(\(column), 7) + 1"
          : "UPDATE users SET \(column) = 'x' || key || coalesce(\(column), '')")
      for (filter, found) in zip(filters, before) {
        do { #expect(Set(try read(store, filter)).isSubset(of: found)) } catch StoreError.corrupt {}
      }
      var checks: [Check] = []
      _ = IntegrityCheck(path: path) { _ in [] }.run { checks.append($0) }
      #expect(checks.contains { $0.status == .fail }, "doctor finds nothing")
    }
  }

  private var filters: [Filter] {
    var found = [Filter(scope: .all), Filter(scope: .organization("acme"))]
    for status in UserStatus.allCases {
      found.append(Filter(scope: .all))
      found[found.count - 1].statuses = [status]
    }
    let conditions: [Condition] = [
      .text(.query, "user"), .text(.email, "user0@acme.example"), .text(.username, "user1"),
      .text(.role, "admin"), .text(.group, "x"), .flag(.blocked, true),
      .time(.lastLogin, TimeRange(after: Timestamp(milliseconds: 0))),
    ]
    for condition in conditions {
      found.append(Filter(scope: .all))
      found[found.count - 1].require(condition)
    }
    return found
  }

  /// Passes a store with accounts that have a value in every field.
  private func withFile(_ body: (String, SQLiteUserStore) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "users.db").path
    try SQLiteUserStore.create(path: path, owner: Account.owner)
    let store = try SQLiteUserStore(path: path)
    for (at, omitted) in Self.omissions.enumerated() {
      _ = try created(in: store, without: omitted, at)
    }
    store.releaseSnapshot()
    try body(path, store)
  }

  private func read(_ store: SQLiteUserStore, _ filter: Filter) throws -> [UserID] {
    defer { store.releaseSnapshot() }
    return try store.page(PageQuery(filter: filter, limit: 10)).users.map(\.id)
  }
}
