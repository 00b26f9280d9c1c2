/// Collects the description of a result.
public struct ResultDescriber: ResultVisitor {
  public private(set) var fields: [Field] = []

  public init() {}

  public static func fields<R: ResultSchema>(of type: R.Type) -> [Field] {
    var describer = ResultDescriber()
    R.sample.fields(&describer)
    return describer.fields
  }

  public mutating func field<T: ResultValue>(
    _ name: StaticString, _ value: T, _ description: StaticString
  ) {
    fields.append(Field(name.description, description.description, T.schema, isRequired: true))
  }

  public mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString
  ) {
    fields.append(Field(name.description, description.description, T.schema, isRequired: false))
  }
}
