public import JSON

/// All methods, in the order in which documents list them.
public struct Catalog<Gate: Gatekeeper> {
  public let methods: [Method<Gate>]

  public init(_ methods: [Method<Gate>]) { self.methods = methods }

  public var descriptions: [MethodDescription] { methods.map(\.about) }

  /// The method with this name; names differ early in length, so a scan beats hashing.
  public func method(named name: JSONValue) -> Method<Gate>? {
    for method in methods where name.equals(method.about.name) { return method }
    return nil
  }
}
