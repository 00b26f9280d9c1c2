public import JSON

/// A result that is an object around one list, whose elements are written as they are found. It is declared
/// once: what stands before the list, the list, and what is known when the list has been written.
public struct StreamedList<Before: ResultShape, After: ResultShape>: Sendable {
  private let name: StaticString
  private let about: String
  private let element: Shape

  public init(
    _ name: StaticString, _ about: String, of element: Shape, before: Before.Type,
    after: After.Type
  ) {
    self.name = name
    self.about = about
    self.element = element
  }

  public var shape: Shape {
    .object(
      ResultDescriber.fields(of: Before.self)
        + [Field(name.description, about, .array(element), isRequired: true)]
        + ResultDescriber.fields(of: After.self))
  }

  /// `elements` writes each of them behind `ByteBuffer.element`.
  public func write(
    _ before: Before, into out: inout ByteBuffer,
    _ elements: (inout ByteBuffer) throws(Failure) -> After
  ) throws(Failure) {
    out.append("{")
    before.fields(&out)
    out.member(name)
    out.append("[")
    let after = try elements(&out)
    out.append("]")
    after.fields(&out)
    out.append("}")
  }
}
