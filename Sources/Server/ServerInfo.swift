internal import Contract
internal import JSON
internal import UserMethods
internal import Users

enum ServerInfo {
  static func method<Store: UserStore>(limits: WireLimits) -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (_, grant, out) throws(Failure) in
      out.append("{")
      ServerFacts(store: grant.storeKind, limits: limits).fields(&out)
      out.append("}")
    }
  }
}

/// The result of `server.info`.
private struct ServerFacts: ResultSchema {
  var store = "file"
  var limits = WireLimits()

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("name", "roster", "Always roster.")
    v.field("version", rosterVersion, "Version of this server.")
    v.field("jsonrpc", "2.0", "Version of JSON-RPC.")
    v.field("store", store, "Kind of store: file, memory or postgres.")
    v.field("limits", limits, "Limits of this server.")
  }

  static var sample: ServerFacts { ServerFacts() }
}

extension ServerInfo {
  static let declaration = Declaration(
    NoParams.self, "server.info", "Returns the server's version, store and limits.", access: .open,
    effect: .read, isIdempotent: true,
    result: .object(ResultDescriber.fields(of: ServerFacts.self)),
    examples: [
      MethodExample("The server's name and limits", [:], result: .object(ServerFacts.sample))
    ])
}
