internal import Contract
internal import JSON

/// Some of a few words, in which order and repetition mean nothing; at least one.
struct WordSet<Word: ParamValue & CaseIterable & Hashable>: ParamValue {
  let values: Set<Word>

  private static var length: ClosedRange<Int> { 1...Word.allCases.count }
  static var shape: Shape { .array(Word.shape, length: length) }
  static var placeholder: WordSet { WordSet(values: []) }

  private init(values: Set<Word>) { self.values = values }

  init(_ json: JSONValue) throws(Mismatch) {
    values = Set(
      try json.decodedElements(length: Self.length) {
        (element) throws(Mismatch) in try Word(element)
      })
  }
}
