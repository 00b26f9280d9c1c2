internal import Contract
internal import JSON
internal import Users

struct StatusList: ParamValue {
  let values: Set<UserStatus>

  private static let length = 1...UserStatus.allCases.count
  static var shape: Shape { .array(UserStatus.shape, length: length) }
  static var placeholder: StatusList { StatusList(values: []) }

  private init(values: Set<UserStatus>) { self.values = values }

  init(_ json: JSONValue) throws(Mismatch) {
    values = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(Mismatch) in try UserStatus(element)
      })
  }
}
