public import Clients
public import Contract
internal import JSON
internal import OpenRPC
public import UserMethods
public import Users

/// All methods of Roster: those on users, and those on the server itself.
public enum ServerCatalog {
  public static var descriptions: [MethodDescription] {
    UserMethods.descriptions + [
      ServerInfo.declaration.description, Discover.declaration.description,
    ]
  }

  public static func make<Store: UserStore>(
    limits: WireLimits = WireLimits()
  ) -> Catalog<StoreAccessControl<Store>> {
    Catalog(UserMethods.methods() + [ServerInfo.method(limits: limits), Discover.method()])
  }

  /// The OpenRPC document of the catalogue, for any caller.
  public static var document: String {
    var out = ByteBuffer()
    Discover.document.write(into: &out)
    return out.string
  }

  /// What typed clients need to know.
  public static var clientAPI: ClientAPI {
    ClientAPI(
      methods: descriptions, objects: Discover.definitions,
      enumerations: [
        ("UserField", UserView.describedFields.map(\.name)),
        ("UserStatus", UserStatus.allCases.map(\.rawValue)),
        ("EventType", EventType.allCases.map(\.rawValue)),
        ("Capability", Capability.allCases.map(\.rawValue)),
        ("ErrorKind", Failure.Kind.allCases.map(\.rawValue)),
      ], version: rosterVersion)
  }

  /// One JSON Schema document for each method, by name, and one for policy files.
  public static var schemas: [(name: String, document: String)] {
    let methods = descriptions.map { method in
      (
        name: method.name.description,
        document: MethodSchema.document(of: method, named: Discover.definitions)
      )
    }
    let policy = FileSchema.document(
      title: "policy", description: "Custom roles for roster policy set, and for --policy.",
      Policy.fileFields)
    return methods + [("policy", policy)]
  }
}
