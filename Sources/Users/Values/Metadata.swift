public import Contract
public import JSON

/// The host's own data about an account: a JSON object without nulls, kept as compact text in one spelling.
public struct Metadata: ParamValue {
  /// Length of the compact text.
  public static let byteCountMax = 16 * 1024
  public static let depthMax = 32

  /// What is to be merged into what is there; nil stands for an empty object.
  private let patch: JSONValue?

  public static var shape: Shape { .map }
  public static var placeholder: Metadata { Metadata() }

  private init() { patch = nil }

  public init(_ json: JSONValue) throws(Mismatch) {
    guard json.kind == .object else { throw Mismatch("must be an object") }
    guard json.depth <= Self.depthMax else {
      throw Mismatch("must nest at most \(Self.depthMax) deep")
    }
    patch = json
  }

  /// The text of `old`, which is one that is kept, as changed by this (RFC 7396). nil where `old` is no JSON.
  public func merged(into old: String) -> String? {
    guard let patch else { return old }
    return Self.withJSON(old) { old in
      var out = ByteBuffer()
      out.append(merging: patch, into: old)
      return out.string
    }
  }

  /// The text in the spelling that is kept now, without the nulls that older Rosters kept in objects. nil for
  /// what is no JSON.
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
