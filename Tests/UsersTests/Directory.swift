import Contract
import Foundation
import JSON
import Secrets

@testable import Server
@testable import UserMethods
@testable import Users

/// The directory of most tests, in memory.
typealias Directory = StoreDirectory<MemoryUserStore>
typealias Client = StoreClient<MemoryUserStore>

/// A small directory in one store, with a clock that tests set. Each client acts for one caller.
///
/// A store that fails ends the tests, except where a function throws: they could judge nothing.
final class StoreDirectory<Store: UserStore> {
  let store: Store
  let catalog: Catalog<StoreAccessControl<Store>>
  var now = Timestamp(milliseconds: 1_800_000_000_000)
  /// Whether new clients mail secrets instead of returning them, and the letters that they sent.
  var isMailing = false
  var letters: [Letter] = []
  /// Whether new clients ask a person to confirm calls of agents.
  var isConfirming = true

  /// The password that `setPassword` sets.
  static var password: String { Fixture.password }

  /// Making the catalogue takes long, so tests with many directories share one.
  convenience init(
    catalog: Catalog<StoreAccessControl<Store>>? = nil, hasPolicy: Bool = true
  ) throws where Store == MemoryUserStore {
    try self.init(MemoryUserStore(), catalog: catalog, hasPolicy: hasPolicy)
  }

  init(
    _ store: Store, catalog: Catalog<StoreAccessControl<Store>>? = nil, hasPolicy: Bool = true
  ) throws {
    self.store = store
    self.catalog = catalog ?? ServerCatalog.make()
    // The policy is stored without an event, as if it had always been there.
    if hasPolicy { try transaction { try $0.setPolicyText(Fixture.policyText) } }
  }

  @discardableResult
  func setPolicy(_ policy: Policy?) throws -> PolicyEditor<Store>.Outcome {
    try transaction { try PolicyEditor(store: $0).set(policy) }
  }

  /// Works in the store directly, in a transaction that writes, or within the one around it.
  @discardableResult
  func transaction<R>(_ body: (Store) throws -> R) throws -> R {
    if store.isWriting { return try body(store) }
    try store.beginWrite()
    let result = try body(store)
    try store.commit()
    return result
  }

  @discardableResult
  func writing<R>(_ body: (Store) throws -> R) -> R { must { try transaction(body) } }

  func reading<R>(_ body: (Store) throws -> R) -> R {
    must {
      try store.beginRead()
      let result = try body(store)
      try store.commit()
      return result
    }
  }

  private func must<R>(_ body: () throws -> R) -> R {
    do { return try body() } catch { fatalError("the \(store.kind) store failed: \(error)") }
  }

  // MARK: Content

  static func id(_ n: Int64) -> UserID { UserID(key: (1_700_000_000_000 + n) << 21, tail: n) }

  /// Adds the `n`-th account.
  @discardableResult
  func add(
    _ n: Int64, _ email: String, roles: [String], organization: String? = "acme",
    flags: UserFlags = [.active, .developer, .emailVerified],
    change: (inout User) -> Void = { _ in }
  ) throws -> User {
    var user = User(id: Self.id(n))
    user.email = email
    user.username = email
    user.name = "User \(n)"
    user.roles = roles.sorted()
    user.organizationID = organization
    user.flags = flags
    if roles.contains("owner") { user.flags.insert([.owner, .superuser]) }
    if roles.contains("admin") { user.flags.insert(.superuser) }
    if flags.contains(.deleted) { user.deletedAt = user.id.createdAt }
    change(&user)
    try transaction { try $0.insert(PackedUser(user)) }
    return user
  }

  /// Adds an event of the account, as if a caller had changed it.
  func addEvent(of user: User) {
    writing { store in
      try store.append(
        Event(
          seq: store.latestEvent.seq + 1, type: .userUpdated, at: user.id.createdAt, actorID: nil,
          userID: user.id, email: user.email, organizationID: user.organizationID, changes: .none))
    }
  }

  /// Adds a token with the id `n`, which is valid for a day by default.
  @discardableResult
  func addToken(
    _ n: Int64, of user: UserID, _ kind: TokenKind, to capabilities: Set<Capability>? = nil,
    expiresAt: Timestamp? = nil
  ) -> TokenText {
    let text = TokenText.random()
    let end = expiresAt ?? Timestamp(milliseconds: now.milliseconds + Self.dayMs)
    var token = Token(
      id: Self.id(n), kind: kind, userID: user, digest: text.digest, expiresAt: end)
    token.capabilities = capabilities
    writing { try $0.replace(token) }
    return text
  }

  func setPassword(of user: UserID) {
    writing { try $0.setPassword(Password(userID: user, hash: Fixture.passwordHash), of: user) }
  }

  func find(_ email: String) -> User? {
    user(.email(email))
  }

  func user(_ reference: UserReference) -> User? {
    reading { store in
      var user: User?
      _ = try store.read(reference) { user = User($0) }
      return user
    }
  }

  /// Changes an account directly in the store, without an event, and increments its version.
  func change(_ email: String, _ change: (inout User) -> Void) {
    guard let old = find(email) else { return }
    var new = old
    change(&new)
    new.deriveFlags()
    new.version += 1
    writing { try $0.replace(PackedUser(old), with: PackedUser(new)) }
  }

  // MARK: Time

  static var minuteMs: Int64 { 60_000 }
  static var dayMs: Int64 { 24 * 60 * minuteMs }

  func pass(_ milliseconds: Int64) {
    now = Timestamp(milliseconds: now.milliseconds + milliseconds)
  }

  // MARK: Clients

  func client(_ identity: Identity, _ limits: LaunchLimits = LaunchLimits()) -> StoreClient<Store> {
    StoreClient(self, identity, limits)
  }

  func client(_ user: User, _ limits: LaunchLimits = LaunchLimits()) -> StoreClient<Store> {
    client(.user(user.id), limits)
  }

  func client(_ token: TokenText, _ limits: LaunchLimits = LaunchLimits()) -> StoreClient<Store> {
    client(.token(token.digest), limits)
  }

  /// A client with the text of a token. Text that is not a token becomes an unknown token.
  func client(token text: String, _ limits: LaunchLimits = LaunchLimits()) -> StoreClient<Store> {
    client(.token(TokenText(text)?.digest ?? []), limits)
  }
}

/// The client of one process, with a fixed identity and fixed launch limits.
final class StoreClient<Store: UserStore> {
  let control: StoreAccessControl<Store>
  private let directory: StoreDirectory<Store>
  private var session: Session<Store>

  init(_ directory: StoreDirectory<Store>, _ identity: Identity, _ limits: LaunchLimits) {
    self.directory = directory
    var limits = limits
    limits.isConfirming = directory.isConfirming
    control = StoreAccessControl(
      store: directory.store, identity: identity, limits: limits, isMailing: directory.isMailing
    ) { [unowned directory] in directory.now }
    session = Session(control: control, store: directory.store, catalog: directory.catalog) {
      [unowned directory] letter, _ in
      directory.letters.append(letter)
      return true
    }
  }

  /// Calls a method in its own transaction. `params` are JSON.
  @discardableResult
  func call(_ method: String, _ params: String = "{}") -> Reply {
    send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\(method)\",\"params\":\(params)}")
  }

  /// Calls the tool of a method.
  func callTool(_ method: String, _ params: String) -> Reply {
    let tool = method.replacing(".", with: "_")
    return call("tools/call", "{\"name\":\"\(tool)\",\"arguments\":\(params)}")
  }

  /// Sends a message in its own transaction; returns the immediate reply.
  @discardableResult
  func send(_ message: String) -> Reply {
    var out = ByteBuffer()
    var message = message
    session.beginTransaction()
    message.withUTF8 { session.answer($0, into: &out) }
    _ = session.endTransaction(into: &out)
    return Reply(text: out.string)
  }

  /// Ends open questions after a wait or at the end of input; returns the lines that follow.
  func endQuestions(isAtEnd: Bool = false, afterMs: Int = 0) -> [Reply] {
    var out = ByteBuffer()
    session.endQuestions(isAtEnd: isAtEnd, nowMs: Stopwatch.withSleepMs + afterMs, into: &out)
    return out.string.split(separator: "\n").map { Reply(text: String($0)) }
  }

  @discardableResult
  func ask(_ words: String) -> Reply {
    let request = Self.request(words)
    return call(request.method, request.params)
  }

  /// Parses a call such as `users.get user_id=ada@acme.com fields=["id"]`. Values are JSON or plain
  /// text, without spaces.
  static func request(_ words: String) -> (method: String, params: String) {
    let parts = words.split(separator: " ").map(String.init)
    let members = parts.dropFirst().map { part in
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      let isJSON = ["true", "false", "null"].contains(pair[1]) || "[{".contains(pair[1].prefix(1))
      let value = isJSON || Int(pair[1]) != nil ? pair[1] : "\"\(pair[1])\""
      return "\"\(pair[0])\":\(value)"
    }
    return (parts[0], "{\(members.joined(separator: ","))}")
  }
}

/// A reply of one line.
struct Reply: Equatable, CustomStringConvertible {
  let text: String

  var description: String { text }

  private var json: [String: Any] {
    let object = try? JSONSerialization.jsonObject(with: Data(text.utf8))
    return object as? [String: Any] ?? [:]
  }

  /// The value at a path of fields from the root of the reply, such as "result.users".
  subscript(path: String) -> Any? {
    path.split(separator: ".").reduce(json as Any?) { value, name in
      (value as? [String: Any])?[String(name)]
    }
  }

  func string(_ path: String) -> String { self[path] as? String ?? "" }
  func int(_ path: String) -> Int? { self[path] as? Int }
  func list(_ path: String) -> [[String: Any]] { self[path] as? [[String: Any]] ?? [] }

  var isDone: Bool { resultText != nil }
  var code: Int { int("error.code") ?? 0 }
  var reason: String { string("error.data.reason") }

  /// "done", or the error's code and reason, as the tables of tests write it.
  var outcome: String {
    if isDone { return "done" }
    return reason.isEmpty ? "\(code)" : "\(code) \(reason)"
  }

  /// The result's JSON; nil for an error.
  var resultText: Substring? { member("result") }
  var errorText: Substring? { member("error") }

  private func member(_ name: String) -> Substring? {
    let start = "{\"jsonrpc\":\"2.0\",\"id\":1,\"\(name)\":"
    return text.hasPrefix(start) ? text.dropFirst(start.count).dropLast(2) : nil
  }

  /// The text with the length of its cursor in place of the cursor. Every store signs cursors with
  /// its own key, and their length must reveal nothing.
  var withoutCursor: String {
    guard let start = text.range(of: "\"next_cursor\":\"")?.upperBound,
      let end = text[start...].firstIndex(of: "\"")
    else { return text }
    let length = text.distance(from: start, to: end)
    return text.replacingCharacters(in: start..<end, with: "\(length)")
  }
}
