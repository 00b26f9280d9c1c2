import Contract
import Server
import Users

/// The methods, where only their names or their document are wanted.
enum Catalogue {
  static var methods: [MethodDescription] { ServerCatalog.descriptions }

  static var tools: [MethodDescription] { methods.filter { $0.tool != nil } }

  static var document: String { ServerCatalog.document }
}
