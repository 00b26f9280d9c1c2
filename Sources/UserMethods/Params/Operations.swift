internal import Contract
internal import JSON
internal import Users

struct Operations: ParamValue {
  static let length = 1...1000
  let values: [Operation]

  static var shape: Shape { .array(Operation.shape, length: length) }
  static var placeholder: Operations { Operations(values: []) }

  private init(values: [Operation]) { self.values = values }

  init(_ json: JSONValue) throws(Mismatch) {
    values = try json.decodedElements(length: Self.length) {
      (element) throws(Mismatch) in try Operation(element)
    }
  }
}
