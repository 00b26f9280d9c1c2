internal import CPostgres
internal import Contract
internal import Glibc
internal import Users

/// Makes connections to the hosts of an address, one host after the other, each within a deadline.
final class Connector {
  private let address: ServerAddress
  private let given: [String: String]
  /// Why the latest connection could not be made.
  private(set) var lastError: ServerError?

  private static let waitMsMax = 10_000
  /// What an address with several hosts means where it leaves a port out. PGPORT may be a list.
  private static var standardPort: String {
    let given = getenv("PGPORT").map { String(cString: $0) } ?? ""
    return given.isEmpty || given.holds(",") ? "5432" : given
  }
  /// The oldest server whose SQL fits Roster's statements: 12.
  private static let versionMin: Int32 = 120_000

  private typealias Parameter = (name: String, value: String)

  /// Gets the notices of the server, such as warnings.
  private let notices: (String) -> Void

  /// The object must outlive the connections that it makes.
  init(
    _ address: ServerAddress, notices: @escaping (String) -> Void
  ) throws(StoreFileError) {
    self.address = address
    self.notices = notices
    given = try address.parameters()
  }

  /// One host of the address.
  struct Host {
    let name: String
    let address: String
    let port: String

    /// Whether no network lies between: a Unix socket or a loopback address.
    var isLocal: Bool {
      if !address.isEmpty { return Self.isLoopback(address) }
      return name.isEmpty || name.begins(with: "/") || name.begins(with: "@")
        || name == "localhost" || Self.isLoopback(name)
    }

    private static func isLoopback(_ address: String) -> Bool {
      if address == "::1" { return true }
      let parts = address.parts(at: ".")
      return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
  }

  func connect() throws(StoreError) -> OpaquePointer {
    lastError = nil
    // libpq itself finds out what the service file and the environment say.
    let first = try start(startOverrides)
    let known = Self.known(first)
    let hosts = hosts(known)
    let waitMs = waitMsMax(known, hosts.count)
    if hosts.count == 1 {
      let changes = tlsMode(for: hosts[0], known)
      if changes.isEmpty { return try finish(first, waitMs) }
      PQfinish(first)
      return try finish(try start(changes), waitMs)
    }
    PQfinish(first)
    var failure = StoreError.serverFailed("the address names no host")
    for host in hosts {
      do throws(StoreError) {
        return try finish(try start(at: alone(host, known)), waitMs)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  /// With several hosts, libpq would wait for the first without an end.
  private func waitMsMax(_ known: [String: String], _ hosts: Int) -> Int {
    let seconds = known["connect_timeout"].flatMap { Int($0) } ?? 0
    let part = Self.waitMsMax / max(hosts, 1)
    return seconds > 0 ? min(seconds * 1000, Self.waitMsMax) : part
  }

  // MARK: Parameters

  /// Whether neither the address nor the environment says how far TLS is required.
  private func hasNoTLSMode(_ known: [String: String]) -> Bool {
    given["sslmode"] == nil && getenv("PGSSLMODE") == nil && known["sslmode"] == "prefer"
  }

  /// What the address alone requires; this saves a second attempt in most cases.
  private var startOverrides: [Parameter] {
    guard let name = given["host"], !name.holds(","), given["service"] == nil else { return [] }
    let host = Host(name: name, address: given["hostaddr"] ?? "", port: "")
    return host.isLocal || given["sslmode"] != nil || getenv("PGSSLMODE") != nil
      ? [] : [Self.strict]
  }

  /// Without a mode, libpq falls back to an unencrypted connection in silence.
  private static let strict = Parameter("sslmode", "verify-full")

  private func tlsMode(for host: Host, _ known: [String: String]) -> [Parameter] {
    !host.isLocal && hasNoTLSMode(known) ? [Self.strict] : []
  }

  /// The parameters for one of several hosts. They take the place of the address, because libpq ignores
  /// an empty value, and would take all hosts' instead.
  private func alone(_ host: Host, _ known: [String: String]) -> [Parameter] {
    var all = known
    for name in ["service", "servicefile"] { all[name] = nil }
    (all["host"], all["hostaddr"], all["port"]) = (host.name, host.address, host.port)
    if host.port.isEmpty { all["port"] = Self.standardPort }
    // Several hosts are one primary and its standbys, and only the primary can be written.
    if all["target_session_attrs"] == "any" { all["target_session_attrs"] = "read-write" }
    return all.map { ($0.key, $0.value) } + tlsMode(for: host, known)
  }

  private func hosts(_ known: [String: String]) -> [Host] {
    let names = (known["host"] ?? "").parts(at: ",")
    let addresses = (known["hostaddr"] ?? "").parts(at: ",")
    let ports = (known["port"] ?? "").parts(at: ",")
    let count = max(names.count, addresses.count)
    return (0..<count).map { at in
      Host(
        name: at < names.count ? names[at] : "", address: at < addresses.count ? addresses[at] : "",
        port: ports.count == 1 ? ports[0] : at < ports.count ? ports[at] : "")
    }
  }

  /// The parameters of a connection, also those of files and the environment.
  static func known(_ handle: OpaquePointer) -> [String: String] {
    guard let options = PQconninfo(handle) else { return [:] }
    defer { PQconninfoFree(options) }
    return ServerAddress.dictionary(options)
  }

  // MARK: Connecting

  /// Begins to connect; what the address says is overridden by later parameters.
  private func start(_ overrides: [Parameter]) throws(StoreError) -> OpaquePointer {
    try start(at: [("dbname", address.connectionString)] + overrides, isAddress: true)
  }

  /// `isAddress` tells that the name of the database is a whole address.
  private func start(
    at place: [Parameter], isAddress: Bool = false
  ) throws(StoreError) -> OpaquePointer {
    let standards: [Parameter] = [
      ("fallback_application_name", "roster"), ("tcp_user_timeout", "\(Self.waitMsMax)"),
    ]
    let all = standards + place + [("client_encoding", "UTF8")]
    var names: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0.name) } + [nil]
    var values: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0.value) } + [nil]
    defer { for text in names + values { free(text) } }
    let handle = names.withUnsafeMutableBytes { names in
      values.withUnsafeMutableBytes { values in
        PQconnectStartParams(
          names.assumingMemoryBound(to: UnsafePointer<CChar>?.self).baseAddress,
          values.assumingMemoryBound(to: UnsafePointer<CChar>?.self).baseAddress,
          isAddress ? 1 : 0)
      }
    }
    guard let handle else { throw .serverFailed("out of memory") }
    // The verbose form of an error has its SQLSTATE.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    // Otherwise libpq writes notices to standard error.
    PQsetNoticeReceiver(
      handle,
      { context, notice in
        guard let context, let notice else { return }
        Unmanaged<Connector>.fromOpaque(context).takeUnretainedValue().tell(notice)
      }, Unmanaged.passUnretained(self).toOpaque())
    return handle
  }

  private func tell(_ notice: OpaquePointer) {
    let error = ServerError(notice)
    notices(error.severity.isEmpty ? error.message : "\(error.severity): \(error.message)")
  }

  private func finish(_ handle: OpaquePointer, _ waitMs: Int) throws(StoreError) -> OpaquePointer {
    do throws(StoreError) {
      try complete(handle, until: Stopwatch.nowMs + waitMs)
      try check(handle)
    } catch {
      PQfinish(handle)
      throw error
    }
    PQsetnonblocking(handle, 1)
    PQenterPipelineMode(handle)
    return handle
  }

  private func complete(_ handle: OpaquePointer, until deadline: Int) throws(StoreError) {
    var step = PGRES_POLLING_WRITING
    if PQstatus(handle) == CONNECTION_BAD { throw failed(handle) }
    while true {
      let events: Int32
      switch step {
      case PGRES_POLLING_OK: return
      case PGRES_POLLING_READING: events = POLLIN
      case PGRES_POLLING_WRITING: events = POLLOUT
      default: throw failed(handle)
      }
      guard Socket.wait(PQsocket(handle), for: events, until: deadline) else {
        throw .serverFailed("the server does not answer")
      }
      step = PQconnectPoll(handle)
    }
  }

  private func failed(_ handle: OpaquePointer) -> StoreError {
    let error = ServerError(of: handle)
    lastError = error
    return error.storeError
  }

  private func check(_ handle: OpaquePointer) throws(StoreError) {
    let version = PQserverVersion(handle)
    if version < Self.versionMin {
      throw unfit("the server is PostgreSQL \(version / 10_000), and Roster needs 12 or later")
    }
    let encoding = PQparameterStatus(handle, "server_encoding").map { String(cString: $0) } ?? ""
    if encoding != "UTF8" {
      throw unfit("the database's encoding is \(encoding), and Roster needs UTF8")
    }
  }

  private func unfit(_ message: String) -> StoreError {
    lastError = ServerError(message)
    return .serverFailed(message)
  }
}
