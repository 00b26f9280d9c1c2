public import Contract
public import JSON
internal import OpenRPC
public import UserMethods
public import Users

/// The version of Roster; CHANGELOG.md says what each brought.
public let rosterVersion = "0.6.0"

/// All methods that Roster answers: those on users, and those on itself.
public enum ServerCatalog<Store: UserStore> {
  public static func make(limits: WireLimits = WireLimits()) -> Catalog<Gate<Store>> {
    let users = UserMethods<Store>.all
    let info = ServerInfo<Store>.method(limits: limits)
    let described = users.map(\.about) + [info.about]
    return Catalog(users + [info, Discover<Store>.method(listing: described)])
  }

  /// The OpenRPC document of the catalogue, for any caller.
  public static var document: String {
    var out = ByteBuffer()
    Discover<Store>.document(of: make().descriptions).write(into: &out)
    return out.string
  }

  /// One JSON Schema document a method, by name; and that of policy files.
  public static var schemas: [(name: String, document: String)] {
    let methods = make().descriptions.map { method in
      (
        name: method.name.description,
        document: MethodSchema.document(of: method, named: Discover<Store>.definitions)
      )
    }
    let policy = FileSchema.document(
      title: "policy", about: "Custom roles for roster policy set, and for --policy.",
      Policy.fileFields)
    return methods + [("policy", policy)]
  }
}

enum Discover<Store: UserStore> {
  static var definitions: [String: [Field]] {
    let user = UserRow.describedFields
    return [
      "User": user,
      // What the param `fields` keeps of it.
      "PartialUser": user.map(\.asOptional),
      "Event": ResultDescriber.fields(of: Event.self),
    ]
  }

  static func document(of methods: [MethodDescription]) -> OpenRPCDocument {
    OpenRPCDocument(methods: methods, definitions: definitions, version: rosterVersion)
  }

  /// Describes `described` and itself.
  static func method(listing described: [MethodDescription]) -> Method<Gate<Store>> {
    let own = shell { (_, _, _) throws(Failure) in }.about
    return shell { (_, grant, out) throws(Failure) in
      document(of: described + [own]).write(into: &out) { grant.isAllowed($0) }
    }
  }

  private static func shell(
    _ run: @escaping (NoParams, ScopedStore<Store>, inout ByteBuffer) throws(Failure) -> Void
  ) -> Method<Gate<Store>> {
    Method(
      "rpc.discover", "Describes all methods as an OpenRPC document.", access: .open,
      effect: .read, isIdempotent: true, result: .map,
      examples: [
        MethodExample(
          "The document", [:],
          result: [
            "openrpc": ExampleValue(OpenRPCDocument.specification),
            "info": ["title": "Roster", "version": ExampleValue(rosterVersion)],
            "methods": [["name": "rpc.discover", "params": []]],
          ],
          omission: "The other methods, and what else the document says of each.")
      ],
      run: run)
  }
}

/// What `server.info` says.
struct ServerFacts: ResultShape {
  var store = "file"
  var limits = WireLimits()

  func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("name", "roster", "Always roster.")
    v.field("version", rosterVersion, "Version of this server.")
    v.field("jsonrpc", "2.0", "Version of JSON-RPC.")
    v.field("store", store, "Kind of store: file or memory.")
    v.field("limits", limits, "Limits of this server.")
  }

  static var sample: ServerFacts { ServerFacts() }
}

extension WireLimits: ResultShape, ResultValue {
  public func fields<V: ResultVisitor & ~Copyable>(_ v: inout V) {
    v.field("line_bytes_max", lineBytesMax, "Longest line that is read, in bytes.")
    v.field("batch_requests_max", WireLimits.batchRequestsMax, "Entries of a batch.")
    v.field("waiting_bytes_max", WireLimits.waitingBytesMax, "Replies that may wait, in bytes.")
    v.field("page_users_max", WireLimits.pageUsersMax, "Users of a page.")
    v.field("metadata_bytes_max", Metadata.byteCountMax, "Metadata of a user, in bytes.")
  }

  public static var sample: WireLimits { WireLimits() }
  public static var shape: Shape { .object(ResultDescriber.fields(of: WireLimits.self)) }

  public func write(into out: inout ByteBuffer) {
    out.append("{")
    fields(&out)
    out.append("}")
  }
}

enum ServerInfo<Store: UserStore> {
  static func method(limits: WireLimits) -> Method<Gate<Store>> {
    Method(
      "server.info", "Tells the server's version, store and limits.", access: .open,
      effect: .read, isIdempotent: true,
      result: .object(ResultDescriber.fields(of: ServerFacts.self)),
      examples: [MethodExample("What answers here", [:], result: .object(ServerFacts.sample))]
    ) { (_: NoParams, grant, out) throws(Failure) in
      out.append("{")
      ServerFacts(store: grant.storeKind, limits: limits).fields(&out)
      out.append("}")
    }
  }
}
