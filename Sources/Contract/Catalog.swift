public import JSON

/// All methods, in the order in which documents list them.
public struct Catalog<Control: AccessControl> {
  public let methods: [Method<Control>]
  /// The names of the methods, in the same order.
  private let names: [StaticString]

  public init(_ methods: [Method<Control>]) {
    self.methods = methods
    names = methods.map(\.description.name)
  }

  public var descriptions: [MethodDescription] { methods.map(\.description) }

  /// The method with this name. Most names differ in length, so a scan is faster than hashing.
  public func method(named name: JSONValue) -> Method<Control>? {
    name.position(in: names).map { methods[$0] }
  }
}
