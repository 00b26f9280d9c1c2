public import JSON

/// A param that has one of a few text values.
public protocol EnumParam: ParamValue, CaseIterable, RawRepresentable where RawValue == String {
  /// The values, in the order in which documents and messages list them.
  static var words: [String] { get }
}

extension EnumParam {
  public static var words: [String] { allCases.map(\.rawValue) }
  public static var schema: Schema { .enumeration(words) }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let value = json.string.flatMap({ Self(rawValue: $0) }) else {
      let quoted = Self.words.map { "\"\($0)\"" }
      let all = quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
      throw InvalidValue("must be \(all)")
    }
    self = value
  }
}
