internal import Contract
internal import JSON
internal import Users

/// Ids to look for; those that are none are nobody's.
struct IDList: ParamValue {
  let ids: [UserID]

  private static let length = 0...1000
  static var shape: Shape { .array(.string(length: 1...320), length: length) }
  static var placeholder: IDList { IDList(ids: []) }

  private init(ids: [UserID]) { self.ids = ids }

  init(_ json: JSONValue) throws(Mismatch) {
    let ids = try json.decodedElements(length: Self.length) {
      (element) throws(Mismatch) -> UserID? in
      guard let text = element.string else { throw Mismatch("must be a string") }
      return UserID(text)
    }
    self.ids = ids.compactMap { $0 }
  }
}
