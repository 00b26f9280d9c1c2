public import Contract

/// What a typed client needs to know of the catalogue.
public struct ClientAPI: Sendable {
  /// Every object by name, in the order of the names.
  let objects: [(name: String, fields: [Field])]
  /// Enumerations that get a name; others are written where they are used.
  let enumerations: [(name: String, words: [String])]
  let methods: [ClientMethod]
  let version: String

  public init(
    methods: [MethodDescription], objects: [String: [Field]],
    enumerations: [(name: String, words: [String])], version: String
  ) {
    var schemas = NamedSchemas(objects)
    self.methods = methods.map { ClientMethod($0, in: &schemas) }
    self.objects = schemas.definitions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    self.enumerations = enumerations
    self.version = version
  }

  /// The namespaces of the methods, such as `users`, in the order of the catalogue.
  var namespaces: [(name: String, methods: [ClientMethod])] {
    var found: [(name: String, methods: [ClientMethod])] = []
    for method in methods {
      if let at = found.firstIndex(where: { $0.name == method.namespace }) {
        found[at].methods.append(method)
      } else {
        found.append((method.namespace, [method]))
      }
    }
    return found
  }

  /// The name of an enumeration with these words.
  func enumeration(_ words: [String]) -> String? {
    enumerations.first { $0.words == words }?.name
  }
}
