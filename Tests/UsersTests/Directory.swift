import Contract
import Foundation
import JSON
import Server
import Users

/// A small directory in memory, asked by one caller.
final class Directory {
  private let store = MemoryUserStore()
  private let caller: Caller
  private var session: Session<MemoryUserStore>

  private static func id(_ n: Int64) -> UserID {
    UserID(key: (1_700_000_000_000 + n) << 21, tail: n)
  }

  private static func user(
    _ n: Int64, _ email: String, roles: [String], organization: String? = "acme",
    flags: UserFlags = .active
  ) -> User {
    var user = User(id: id(n))
    user.email = email
    user.username = email
    user.name = "User \(n)"
    user.roles = roles.sorted()
    user.organizationID = organization
    user.flags = flags
    if roles.contains("owner") { user.flags.insert([.owner, .superuser]) }
    if roles.contains("admin") { user.flags.insert(.superuser) }
    return user
  }

  init(caller: Caller, hasForeigners: Bool = true) throws {
    self.caller = caller
    var everybody = [
      Self.user(1, "owner@acme.com", roles: ["owner"]),
      Self.user(2, "peer@acme.com", roles: ["member"]),
      Self.callingUser(caller),
    ]
    if hasForeigners {
      everybody.append(
        Self.user(4, "foreign@globex.com", roles: ["member"], organization: "globex"))
      everybody.append(
        Self.user(5, "gone@globex.com", roles: ["member"], organization: "globex", flags: []))
    }
    store.beginWrite()
    for user in everybody { try store.insert(StoredUser(user)) }
    store.end()
    let identity: Identity = caller == .none ? .anonymous : .user(Self.id(3))
    let now = Timestamp(milliseconds: 1_800_000_000_000)
    let gate = Gate(store: store, identity: identity, limits: Self.limits(caller)) { now }
    session = Session(gate: gate, store: store, catalog: ServerCatalog.make())
  }

  private static func callingUser(_ caller: Caller) -> User {
    let roles: [String] =
      switch caller {
      case .owner: ["owner"]
      case .admin, .adminReadOnly, .adminDenied, .adminInOrganization: ["admin"]
      case .annotator: ["annotator"]
      case .label: ["billing"]
      case .none, .disabled, .member, .memberWithoutOrganization: ["member"]
      }
    return user(
      3, "me@acme.com", roles: roles,
      organization: caller == .memberWithoutOrganization ? nil : "acme",
      flags: caller == .disabled ? [.active, .blocked] : .active)
  }

  private static func limits(_ caller: Caller) -> LaunchLimits {
    var limits = LaunchLimits()
    switch caller {
    case .adminReadOnly: limits.isReadOnly = true
    case .adminDenied: limits.denied = Set(Capability.allCases).subtracting([.read])
    case .adminInOrganization: limits.organization = "acme"
    default: break
    }
    return limits
  }

  private static func email(of target: Target) -> String {
    switch target {
    case .own: "me@acme.com"
    case .peer: "peer@acme.com"
    case .higher: "owner@acme.com"
    case .foreign: "foreign@globex.com"
    case .absent: "absent@globex.com"
    }
  }

  /// Calls `method` about `target` in a plain way that is allowed to those who may.
  func ask(_ method: String, about target: Target) throws -> String {
    let email = Self.email(of: target)
    return switch method {
    case "users.get", "users.delete": try call(method, "{\"user_id\":\"\(email)\"}")
    case "users.update": try call(method, "{\"user_id\":\"\(email)\",\"company\":\"New\"}")
    case "users.create":
      try call(method, #"{"email":"new@acme.com","name":"New","org_id":"acme"}"#)
    default: try call(method, "{}")
    }
  }

  func call(_ method: String, _ params: String) throws -> String {
    var out = ByteBuffer()
    var line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\(method)\",\"params\":\(params)}"
    line.withUTF8 { session.answer($0, into: &out) }
    store.end()
    return out.string
  }

  static func verdict(_ reply: String) -> Verdict? {
    if reply.contains("\"result\":null") || reply.contains("\"code\":404") { return .hidden }
    if reply.contains("\"result\":") { return .done }
    if reply.contains("\"code\":401") { return .unauthenticated }
    if reply.contains("\"code\":403") { return .denied }
    return reply.contains("\"code\":412") ? .precondition : nil
  }

  /// Every store signs its cursors with a key of its own; their length must not tell anything.
  static func withoutCursor(_ reply: String) -> String {
    guard let start = reply.range(of: "\"next_cursor\":\"")?.upperBound,
      let end = reply[start...].firstIndex(of: "\"")
    else { return reply }
    let length = reply.distance(from: start, to: end)
    return reply.replacingCharacters(in: start..<end, with: "\(length)")
  }
}
