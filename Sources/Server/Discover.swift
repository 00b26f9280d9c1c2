internal import Contract
internal import OpenRPC
internal import UserMethods
internal import Users

enum Discover {
  static func method<Store: UserStore>() -> Method<StoreAccessControl<Store>> {
    Method(declaration) { (_, grant, out) throws(Failure) in
      document.write(into: &out) { grant.isAllowed($0) }
    }
  }

  static var document: OpenRPCDocument {
    OpenRPCDocument(
      methods: ServerCatalog.descriptions, definitions: definitions, version: rosterVersion)
  }

  static var definitions: [String: [Field]] {
    let user = UserView.describedFields
    return [
      "User": user,
      // A user with the fields that the param `fields` selects.
      "PartialUser": user.map(\.asOptional),
      "Event": ResultDescriber.fields(of: Event.self),
    ]
  }
}

extension Discover {
  static let declaration = Declaration(
    NoParams.self, "rpc.discover", "Returns an OpenRPC document that describes all methods.",
    access: .open,
    effect: .read, isIdempotent: true, result: .freeObject,
    examples: [
      MethodExample(
        "The document", [:],
        result: [
          "openrpc": ExampleValue(OpenRPCDocument.specification),
          "info": ["title": "Roster", "version": ExampleValue(rosterVersion)],
          "methods": [["name": "rpc.discover", "params": []]],
        ],
        omission: "The other methods, in full.")
    ])
}
