internal import CPostgres

/// What a connection tells about the server.
struct ServerFacts {
  let version: String
  /// The protocol of TLS; nil for an unencrypted connection.
  let tls: String?
  let host: String
  /// How far TLS is required, in the words of libpq.
  let tlsMode: String
  /// Whether no network lies between.
  let isLocal: Bool

  init(_ handle: OpaquePointer) {
    func text(_ bytes: UnsafePointer<CChar>?) -> String { bytes.map { String(cString: $0) } ?? "" }
    version = text(PQparameterStatus(handle, "server_version"))
    tls = PQsslInUse(handle) == 1 ? text(PQsslAttribute(handle, "protocol")) : nil
    host = text(PQhost(handle))
    let known = Connector.known(handle)
    tlsMode = known["sslmode"] ?? ""
    isLocal =
      Connector.Host(name: host, address: text(PQhostaddr(handle)), port: "").isLocal
  }
}
