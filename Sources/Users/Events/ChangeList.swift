public import Contract
public import JSON

/// The changes of an event: a JSON object of the fields that differ, each with its value before and
/// after.
public struct ChangeList: ResultValue {
  public let text: String

  public static var none: ChangeList { ChangeList(text: "{}") }
  public static var schema: Schema { .freeObject }

  public func write(into out: inout ByteBuffer) { out.append(text: text) }

  public init(text: String) { self.text = text }

  /// A text from a store; nil unless it is JSON. No checksum covers it, and it becomes a part of
  /// replies.
  public init?(stored text: String) {
    guard text.isJSON else { return nil }
    self.text = text
  }

  /// The change of one value that is not a field of the record.
  public init(_ name: StaticString, before: some ResultValue, after: some ResultValue) {
    var out = ByteBuffer()
    out.append("{")
    out.field(name)
    out.append("{\"before\":")
    before.write(into: &out)
    out.append(",\"after\":")
    after.write(into: &out)
    out.append("}}")
    text = out.string
  }

  public func without(_ name: StaticString) -> ChangeList {
    var text = text
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      var out = ByteBuffer()
      out.append("{")
      do {
        for (key, value) in try parser.parse(bytes).fields where !key.equals(name) {
          out.field(key.string ?? "")
          out.append(compact: value)
        }
      } catch {
        return .none
      }
      out.append("}")
      return ChangeList(text: out.string)
    }
  }
}
