public import Contract
public import JSON

/// A search text, normalized as the records are. A text without a visible character, such as one of
/// combining marks only, matches no record.
public struct SearchText: TextParam {
  public let value: String
  public static var schema: Schema { .string(length: 1...255) }
  public static var placeholder: SearchText { SearchText(value: "") }

  private init(value: String) { self.value = value }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string else { throw InvalidValue("must be a string") }
    let trimmed = text.trimmed
    let count = trimmed.scalarCount
    guard (1...255).contains(count) else {
      throw InvalidValue("must have 1 to 255 characters, not \(count)")
    }
    // Folding turns one mark into a letter (U+0345), but it still counts as a mark.
    let isShown = trimmed.unicodeScalars.contains { !$0.isMark && !$0.isHidden }
    value = isShown ? TextNormalization.searchable(TextNormalization.spaced(trimmed)) : ""
  }
}
