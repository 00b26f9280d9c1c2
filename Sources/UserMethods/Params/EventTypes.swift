internal import Contract
internal import JSON
internal import Users

struct EventTypes: ParamValue {
  let values: Set<EventType>

  private static let length = 1...EventType.allCases.count
  static var shape: Shape { .array(EventType.shape, length: length) }
  static var placeholder: EventTypes { EventTypes(values: []) }

  private init(values: Set<EventType>) { self.values = values }

  init(_ json: JSONValue) throws(Mismatch) {
    values = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(Mismatch) in try EventType(element)
      })
  }
}
