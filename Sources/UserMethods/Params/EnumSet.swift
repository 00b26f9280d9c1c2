internal import Contract
internal import JSON

/// A non-empty set of enum values; order and repetition don't matter.
struct EnumSet<Word: ParamValue & CaseIterable & Hashable>: ParamValue {
  let values: Set<Word>

  private static var length: ClosedRange<Int> { 1...Word.allCases.count }
  static var schema: Schema { .array(Word.schema, length: length) }
  static var placeholder: EnumSet { EnumSet(values: []) }

  private init(values: Set<Word>) { self.values = values }

  init(_ json: JSONValue) throws(InvalidValue) {
    values = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(InvalidValue) in try Word(element)
      })
  }
}
