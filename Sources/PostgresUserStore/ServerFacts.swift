internal import CPostgres

/// What a connection tells about the server.
struct ServerFacts {
  let version: String
  /// The protocol of TLS; nil for an unencrypted connection.
  let tls: String?
  let host: String

  init(_ handle: OpaquePointer) {
    func text(_ bytes: UnsafePointer<CChar>?) -> String { bytes.map { String(cString: $0) } ?? "" }
    version = text(PQparameterStatus(handle, "server_version"))
    tls = PQsslInUse(handle) == 1 ? text(PQsslAttribute(handle, "protocol")) : nil
    host = text(PQhost(handle))
  }
}
