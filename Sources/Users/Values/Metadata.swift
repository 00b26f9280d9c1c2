public import Contract
public import JSON

/// The host's own data about an account: a JSON object without nulls, stored as compact text in one
/// spelling.
public struct Metadata: ParamValue {
  /// Length of the compact text.
  public static let byteCountMax = 16 * 1024
  public static let depthMax = 32

  /// The patch to merge into the stored object; nil stands for an empty object.
  private let patch: JSONValue?

  public static var schema: Schema { .freeObject }
  public static var placeholder: Metadata { Metadata() }

  private init() { patch = nil }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard json.kind == .object else { throw InvalidValue("must be an object") }
    guard json.depth <= Self.depthMax else {
      throw InvalidValue("must nest at most \(Self.depthMax) deep")
    }
    patch = json
  }

  /// The stored text `old` as changed by this patch (RFC 7396); nil if `old` is not JSON.
  public func merged(into old: String) -> String? {
    guard let patch else { return old }
    return Self.withJSON(old) { old in
      var out = ByteBuffer()
      out.append(merging: patch, into: old)
      return out.string
    }
  }

  /// A stored text in the current spelling, without the nulls that older versions kept in objects;
  /// nil if it is not JSON.
  public static func canonicalText(ofStored text: String) -> String? {
    withJSON(text) { json in
      var out = ByteBuffer()
      out.append(merging: json, into: nil)
      return out.string
    }
  }

  private static func withJSON(_ text: String, _ body: (JSONValue) -> String) -> String? {
    var text = text
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do { return body(try parser.parse(bytes)) } catch { return nil }
    }
  }
}
