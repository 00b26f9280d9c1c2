public import JSON

/// A JSON value in an example: a literal, or written by the code that writes results.
public struct ExampleValue: Sendable {
  public let json: String

  /// `write` writes one value.
  public init(_ write: (inout ByteBuffer) -> Void) {
    var out = ByteBuffer()
    write(&out)
    json = out.string
  }

  public init(_ value: some ResultValue) { self.init { value.write(into: &$0) } }

  /// An object whose fields `fields` writes.
  public static func object(_ fields: (inout ByteBuffer) -> Void) -> ExampleValue {
    ExampleValue { out in
      out.append("{")
      fields(&out)
      out.append("}")
    }
  }

  public static func object(_ fields: [(String, ExampleValue)]) -> ExampleValue {
    object { out in
      for (name, value) in fields {
        out.field(name)
        out.append(text: value.json)
      }
    }
  }

  public static func object(_ result: some ResultSchema) -> ExampleValue {
    object { result.fields(&$0) }
  }
}

extension ExampleValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  public init(stringLiteral text: String) { self.init(text) }
  public init(integerLiteral number: Int) { self.init(number) }
  public init(booleanLiteral isTrue: Bool) { self.init(isTrue) }
  public init(nilLiteral: ()) { self.init { $0.append("null") } }

  public init(arrayLiteral elements: ExampleValue...) {
    self.init { out in
      out.append("[")
      for element in elements {
        out.element()
        out.append(text: element.json)
      }
      out.append("]")
    }
  }

  public init(dictionaryLiteral fields: (String, ExampleValue)...) {
    self.init { out in
      out.append("{")
      for (name, value) in fields {
        out.field(name)
        out.append(text: value.json)
      }
      out.append("}")
    }
  }
}
