public import Contract
public import JSON

/// A search text: folded as the records are. Where nothing is left of it, as of marks alone, it is in no record.
public struct SearchText: TextParam {
  public let value: String
  public static var shape: Shape { .string(length: 1...255) }
  public static var placeholder: SearchText { SearchText(value: "") }

  private init(value: String) { self.value = value }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let text = json.string else { throw Mismatch("must be a string") }
    let trimmed = text.trimmed
    let count = trimmed.scalarCount
    guard (1...255).contains(count) else {
      throw Mismatch("must have 1 to 255 characters, not \(count)")
    }
    // One mark folds to a letter (U+0345), and is none for all that.
    let isShown = trimmed.unicodeScalars.contains { !$0.isMark && !$0.isHidden }
    value = isShown ? Fold.searchable(Fold.spaced(trimmed)) : ""
  }
}
