public import JSON

/// A buffer writes the fields that it visits.
extension ByteBuffer: ResultVisitor {
  /// Always inlined, so that a name of known length is copied without a call.
  @inlinable @inline(__always)
  public mutating func field<T: ResultValue>(
    _ name: StaticString, _ value: T, _ description: StaticString
  ) {
    field(name)
    value.write(into: &self)
  }

  @inlinable public mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString
  ) {
    if let value { field(name, value, description) }
  }
}

extension Bool: ResultValue {
  public static var schema: Schema { .boolean }
  @inlinable @inline(__always)
  public func write(into out: inout ByteBuffer) { out.write(self) }
}

extension Int: ResultValue {
  public static var schema: Schema { .integer(0...Int(Int32.max)) }
  @inlinable public func write(into out: inout ByteBuffer) { out.write(self) }
}

extension String: ResultValue {
  public static var schema: Schema { .string() }
  public func write(into out: inout ByteBuffer) { out.write(self) }
}

extension Optional: ResultValue where Wrapped: ResultValue {
  public static var schema: Schema { .nullable(Wrapped.schema) }
  @inlinable public func write(into out: inout ByteBuffer) {
    if let self { self.write(into: &out) } else { out.append("null") }
  }
}

extension Array: ResultValue where Element: ResultValue {
  public static var schema: Schema { .array(Element.schema) }
  public func write(into out: inout ByteBuffer) {
    out.append("[")
    for value in self {
      out.element()
      value.write(into: &out)
    }
    out.append("]")
  }
}

extension Bool: ParamValue {
  public static var placeholder: Bool { false }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let value = json.bool else { throw InvalidValue("must be true or false") }
    self = value
  }
}
