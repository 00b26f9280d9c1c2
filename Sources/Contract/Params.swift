public import JSON

/// Why a value doesn't fit, in words for a person.
public struct Mismatch: Error {
  public let message: String
  /// Where inside the value: a JSON pointer, empty for the value itself.
  public let pointer: String

  public init(_ message: String, at pointer: String = "") {
    self.message = message
    self.pointer = pointer
  }
}

/// A type that can stand in params: it describes itself and is made from JSON, or not at all.
public protocol ParamValue {
  static var shape: Shape { get }
  /// Stands in for a value that did not come; never seen by a method.
  static var placeholder: Self { get }
  init(_ json: JSONValue) throws(Mismatch)
}

/// The params of a method, declared once, by initializing each from the visitor.
///
/// One visitor decodes a request by name or by position, another collects the description.
public protocol Params {
  init<V: ParamVisitor>(_ v: inout V)
}

public protocol ParamVisitor {
  mutating func required<T: ParamValue>(_ name: StaticString, _ about: StaticString) -> T
  /// nil when absent or null.
  mutating func optional<T: ParamValue>(
    _ name: StaticString, alias: StaticString?, _ about: StaticString
  ) -> T?
  /// A field of a patch: absent keeps, null clears.
  mutating func patch<T: ParamValue>(
    _ name: StaticString, alias: StaticString?, canClear: Bool, _ about: StaticString
  ) -> Patch<T>
}

extension ParamVisitor {
  @inlinable public mutating func optional<T: ParamValue>(
    _ name: StaticString, _ about: StaticString
  ) -> T? {
    optional(name, alias: nil, about)
  }

  /// A switch that is off unless set.
  @inlinable public mutating func flag(_ name: StaticString, _ about: StaticString) -> Bool {
    optional(name, alias: nil, about) ?? false
  }
}

/// What an update says of one field.
public enum Patch<Value> {
  case keep, clear
  case set(Value)

  public var isKept: Bool {
    if case .keep = self { true } else { false }
  }

  /// The field after the patch; null stands for none.
  public func apply(to old: Value?) -> Value? {
    switch self {
    case .keep: old
    case .clear: nil
    case .set(let value): value
    }
  }

  /// The field after the patch, for one that can't be without a value.
  public func applyRequired(to old: Value) -> Value {
    if case .set(let value) = self { value } else { old }
  }
}

/// For methods that take nothing.
public struct NoParams: Params {
  public init<V: ParamVisitor>(_ v: inout V) {}
}

/// Collects the description of params.
public struct ParamDescriber: ParamVisitor {
  public private(set) var fields: [Field] = []

  public static func fields<P: Params>(of type: P.Type) -> [Field] {
    var describer = ParamDescriber()
    _ = P(&describer)
    return describer.fields
  }

  private mutating func add(
    _ name: StaticString, _ alias: StaticString?, _ about: StaticString, _ shape: Shape,
    isRequired: Bool
  ) {
    fields.append(
      Field(
        name.description, alias: alias?.description, about.description, shape,
        isRequired: isRequired))
  }

  public mutating func required<T: ParamValue>(_ name: StaticString, _ about: StaticString) -> T {
    add(name, nil, about, T.shape, isRequired: true)
    return T.placeholder
  }

  public mutating func optional<T: ParamValue>(
    _ name: StaticString, alias: StaticString?, _ about: StaticString
  ) -> T? {
    add(name, alias, about, .nullable(T.shape), isRequired: false)
    return nil
  }

  public mutating func patch<T: ParamValue>(
    _ name: StaticString, alias: StaticString?, canClear: Bool, _ about: StaticString
  ) -> Patch<T> {
    add(name, alias, about, canClear ? .nullable(T.shape) : T.shape, isRequired: false)
    return .keep
  }
}
