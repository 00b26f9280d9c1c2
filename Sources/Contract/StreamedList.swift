public import JSON

/// A result that is an object around one list, whose elements are written as they are found. It is
/// declared once: the fields before the list, the list, and the fields that are known after the
/// list has been written.
public struct StreamedList<Before: ResultSchema, After: ResultSchema>: Sendable {
  private let name: StaticString
  private let description: String
  private let element: Schema

  public init(
    _ name: StaticString, _ description: String, of element: Schema, before: Before.Type,
    after: After.Type
  ) {
    self.name = name
    self.description = description
    self.element = element
  }

  public var schema: Schema {
    .object(
      ResultDescriber.fields(of: Before.self)
        + [Field(name.description, description, .array(element), isRequired: true)]
        + ResultDescriber.fields(of: After.self))
  }

  /// `elements` writes the elements, each after a call of `ByteBuffer.element`.
  public func write(
    _ before: Before, into out: inout ByteBuffer,
    _ elements: (inout ByteBuffer) throws(Failure) -> After
  ) throws(Failure) {
    out.append("{")
    before.fields(&out)
    out.field(name)
    out.append("[")
    let after = try elements(&out)
    out.append("]")
    after.fields(&out)
    out.append("}")
  }
}
