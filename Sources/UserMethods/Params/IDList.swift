internal import Contract
internal import JSON
internal import Users

/// Ids to look for. Text that is not a valid id matches no user.
struct IDList: ParamValue {
  let ids: [UserID]

  private static let length = 0...1000
  static var schema: Schema { .array(.string(length: 1...320), length: length) }
  static var placeholder: IDList { IDList(ids: []) }

  private init(ids: [UserID]) { self.ids = ids }

  init(_ json: JSONValue) throws(InvalidValue) {
    let ids = try json.decodedElements(length: Self.length) {
      (element) throws(InvalidValue) -> UserID? in
      guard let text = element.string else { throw InvalidValue("must be a string") }
      return UserID(text)
    }
    self.ids = ids.compactMap { $0 }
  }
}
