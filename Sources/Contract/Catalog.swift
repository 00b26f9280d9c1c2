public import JSON

/// All methods, in the order in which documents list them.
public struct Catalog<Control: AccessControl> {
  public let methods: [Method<Control>]

  public init(_ methods: [Method<Control>]) { self.methods = methods }

  public var descriptions: [MethodDescription] { methods.map(\.description) }

  /// The method with this name. Most names differ in length, so a scan is faster than hashing.
  public func method(named name: JSONValue) -> Method<Control>? {
    for method in methods where name.equals(method.description.name) { return method }
    return nil
  }
}
