public import JSON

/// A buffer writes the members that it visits.
extension ByteBuffer: ResultVisitor {
  /// Inlined always, so that a name of known length is copied without a call.
  @inlinable @inline(__always)
  public mutating func field<T: ResultValue>(
    _ name: StaticString, _ value: T, _ about: StaticString
  ) {
    member(name)
    value.write(into: &self)
  }

  @inlinable public mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ about: StaticString
  ) {
    if let value { field(name, value, about) }
  }
}

extension Bool: ResultValue {
  public static var shape: Shape { .boolean }
  @inlinable public func write(into out: inout ByteBuffer) { out.write(self) }
}

extension Int: ResultValue {
  public static var shape: Shape { .integer(0...Int(Int32.max)) }
  @inlinable public func write(into out: inout ByteBuffer) { out.write(self) }
}

extension String: ResultValue {
  public static var shape: Shape { .string() }
  public func write(into out: inout ByteBuffer) { out.write(self) }
}

extension Optional: ResultValue where Wrapped: ResultValue {
  public static var shape: Shape { .nullable(Wrapped.shape) }
  @inlinable public func write(into out: inout ByteBuffer) {
    if let self { self.write(into: &out) } else { out.append("null") }
  }
}

extension Array: ResultValue where Element: ResultValue {
  public static var shape: Shape { .array(Element.shape) }
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

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let value = json.bool else { throw Mismatch("must be true or false") }
    self = value
  }
}
