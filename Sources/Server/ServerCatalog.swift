public import Contract
internal import JSON
internal import OpenRPC
public import UserMethods
public import Users

/// All methods that Roster answers: those on users, and those on itself.
public enum ServerCatalog {
  public static var descriptions: [MethodDescription] {
    UserMethods.descriptions + [ServerInfo.declaration.about, Discover.declaration.about]
  }

  public static func make<Store: UserStore>(
    limits: WireLimits = WireLimits()
  ) -> Catalog<Gate<Store>> {
    Catalog(UserMethods.methods() + [ServerInfo.method(limits: limits), Discover.method()])
  }

  /// The OpenRPC document of the catalogue, for any caller.
  public static var document: String {
    var out = ByteBuffer()
    Discover.document.write(into: &out)
    return out.string
  }

  /// One JSON Schema document a method, by name; and that of policy files.
  public static var schemas: [(name: String, document: String)] {
    let methods = descriptions.map { method in
      (
        name: method.name.description,
        document: MethodSchema.document(of: method, named: Discover.definitions)
      )
    }
    let policy = FileSchema.document(
      title: "policy", about: "Custom roles for roster policy set, and for --policy.",
      Policy.fileFields)
    return methods + [("policy", policy)]
  }
}
