internal import Contract
internal import JSON
internal import Users

/// One operation of a bulk.
struct Operation: ParamValue {
  let method: String
  let params: JSONValue?

  static var schema: Schema {
    .object([
      Field(
        "method", "A method that changes something and needs a capability.", .bulkMethod,
        isRequired: true),
      Field("params", "Its params.", .params, isRequired: false),
    ])
  }
  static var placeholder: Operation { Operation(method: "") }

  private init(method: String) {
    self.method = method
    params = nil
  }

  init(_ json: JSONValue) throws(InvalidValue) {
    guard json.kind == .object, let name = json.field("method")?.string else {
      throw InvalidValue("must be an object with method and params")
    }
    for (key, _) in json.fields where !key.equals("method") && !key.equals("params") {
      throw InvalidValue([.init("/" + JSONPointer.escape(key.string ?? ""), "is not known here")])
    }
    method = name
    params = json.field("params").flatMap { $0.kind == .null ? nil : $0 }
    switch params?.kind {
    case nil, .object, .array: break
    default: throw InvalidValue([.init("/params", "must be an object or a list")])
    }
  }
}
