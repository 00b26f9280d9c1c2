public import Contract
public import JSON

/// A list in which order and repetition have no meaning; stored sorted.
public struct TextSet<Element: BoundedText>: ParamValue {
  public let values: [String]

  static var length: ClosedRange<Int> { 0...100 }
  public static var schema: Schema { .array(Element.schema, length: length) }
  public static var placeholder: TextSet { TextSet(values: []) }

  private init(values: [String]) { self.values = values }

  public init(_ json: JSONValue) throws(InvalidValue) {
    let values = try json.decodedElements(length: Self.length) {
      (element) throws(InvalidValue) in try Element(element).value
    }
    self.values = Set(values).sorted()
  }
}
