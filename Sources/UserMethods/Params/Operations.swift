internal import Contract
internal import JSON
internal import Users

struct Operations: ParamValue {
  static let length = 1...1000
  let values: [Operation]

  static var schema: Schema { .array(Operation.schema, length: length) }
  static var placeholder: Operations { Operations(values: []) }

  private init(values: [Operation]) { self.values = values }

  init(_ json: JSONValue) throws(InvalidValue) {
    values = try json.decodedElements(length: Self.length) {
      (element) throws(InvalidValue) in try Operation(element)
    }
  }
}
