public import JSON

/// A param that is one of a few words.
public protocol WordParam: ParamValue, CaseIterable, RawRepresentable where RawValue == String {
  /// In the order in which documents and messages list them.
  static var words: [String] { get }
}

extension WordParam {
  public static var words: [String] { allCases.map(\.rawValue) }
  public static var shape: Shape { .words(words) }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard let value = json.string.flatMap({ Self(rawValue: $0) }) else {
      let quoted = Self.words.map { "\"\($0)\"" }
      let all = quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
      throw Mismatch("must be \(all)")
    }
    self = value
  }
}
