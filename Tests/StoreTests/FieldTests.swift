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
    let inner: Set = ["key", "tail", "flags", "search"]
    let members = Set(UserView.describedFields.map(\.name))
    #expect(Set(UserView.columnNames).subtracting(inner).isSubset(of: members))
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

  private static let columns = UserView.columnNames + ["seal"]

  @Test("A read detects a change of any column in the file", arguments: columns)
  func isSealed(column: String) throws {
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
    #expect(try read(store) == 3)
    let raw = try RawDatabase(path: path)
    let isText = try raw.run("SELECT typeof(\(column)) FROM users WHERE \(column) IS NOT NULL")
    let change =
      isText.first == "text"
      ? "'x' || key || coalesce(\(column), '')" : "coalesce(\(column), 7) + 1"
    try raw.run("UPDATE users SET \(column) = \(change)")
    #expect(throws: StoreError.self) { try read(store) }
  }

  /// Reads every account; returns their number.
  private func read(_ store: SQLiteUserStore) throws -> Int {
    var everybody = Filter(scope: .all)
    everybody.statuses = Set(UserStatus.allCases)
    defer { store.releaseSnapshot() }
    return try store.page(PageQuery(filter: everybody, limit: 10)).users.count
  }
}
