public import Contract
public import JSON

/// The host's own data about an account: a JSON object, kept as compact text.
public struct Metadata: ParamValue {
  /// Length of the compact text.
  public static let byteCountMax = 16 * 1024
  public static let depthMax = 32

  /// nil stands for an empty object.
  public let json: JSONValue?

  public static var shape: Shape { .map }
  public static var placeholder: Metadata { Metadata() }

  private init() { json = nil }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard json.kind == .object else { throw Mismatch("must be an object") }
    guard json.depth <= Self.depthMax else {
      throw Mismatch("must nest at most \(Self.depthMax) deep")
    }
    self.json = json
  }
}
