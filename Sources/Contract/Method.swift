public import JSON

/// All that is to be said of a method. Dispatch, validation, documents and tests read it here.
public struct MethodDescription: Sendable {
  public let name: StaticString
  public let summary: String
  public let access: Access
  public let effect: Effect
  /// Whether doing it twice leaves what doing it once does.
  public let isIdempotent: Bool
  public let params: [Field]
  public let result: Shape
}

/// A method as one value: its description and what it does.
///
/// `Grant` is what the capability check hands to the body: without one there is no way to run it.
public final class Method<Grant> {
  public let about: MethodDescription
  private let body: (JSONValue?, Grant, inout ByteBuffer) throws(Failure) -> Void

  /// `run` writes its result, one JSON value, to the buffer.
  public init<P: Params>(
    _ name: StaticString, _ summary: String, access: Access, effect: Effect,
    isIdempotent: Bool, result: Shape,
    run: @escaping (P, Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    about = MethodDescription(
      name: name, summary: summary, access: access, effect: effect, isIdempotent: isIdempotent,
      params: ParamVisitor.fields(of: P.self), result: result)
    body = { (json, grant, out) throws(Failure) in
      try run(ParamVisitor.decode(P.self, json), grant, &out)
    }
  }

  public func run(
    _ params: JSONValue?, _ grant: Grant, into out: inout ByteBuffer
  ) throws(Failure) {
    try body(params, grant, &out)
  }
}

/// All methods, in the order in which documents list them.
public struct Catalog<Grant> {
  public let methods: [Method<Grant>]

  public init(_ methods: [Method<Grant>]) { self.methods = methods }

  public var descriptions: [MethodDescription] { methods.map(\.about) }

  /// The method with this name; names differ early in length, so a scan beats hashing.
  public func method(named name: JSONValue) -> Method<Grant>? {
    for method in methods where name.equals(method.about.name) { return method }
    return nil
  }
}
