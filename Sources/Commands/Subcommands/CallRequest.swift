import Contract
import JSON

/// The params of a call from the command line, which may be repeated for the next page.
struct CallRequest {
  let method: String
  /// The params as JSON.
  private(set) var json: String
  /// The fields that the call asks for.
  private(set) var fields: [String]?
  private(set) var isDryRun = false
  /// What a permanent deletion would remove; nil for other calls.
  private var deletion: String?

  /// The most records that a page may have: `--all` reads pages of this size.
  private static let limitMax = 1000

  init(_ method: String, _ json: String, isAll: Bool) throws {
    (self.method, self.json) = (method, json)
    var text = json
    try text.withUTF8 { bytes in
      var parser = JSONParser()
      let params = try parser.parse(bytes)
      fields = params.field("fields").flatMap { fields in
        fields.kind == .array ? fields.elements.compactMap(\.string) : nil
      }
      isDryRun = params.field("dry_run")?.bool ?? false
      deletion = isDryRun ? nil : Self.deletion(method, params)
      if !isAll { return }
      if params.kind != .object { throw UsageError("--all needs params by name") }
      if params.field("limit") == nil { _ = turn(to: "limit", .init(Self.limitMax), without: "") }
    }
  }

  private static func deletion(_ method: String, _ params: JSONValue) -> String? {
    switch method {
    case "users.delete":
      // By position: user_id, mode.
      let values = Array(params.kind == .array ? params.elements.map(Optional.some) : [])
      let mode = params.field("mode") ?? (values.count > 1 ? values[1] : nil)
      if mode?.string == "soft" { return nil }
      return (params.field("user_id") ?? values.first ?? nil)?.string
    case "users.bulk":
      let operations = params.field("operations") ?? params.elements.first { _ in true }
      let deleted = operations?.elements.compactMap { operation -> String? in
        guard let params = operation.field("params") else { return nil }
        return deletion(operation.field("method")?.string ?? "", params)
      }
      guard let deleted, let first = deleted.first else { return nil }
      return deleted.count == 1 ? first : "\(deleted.count) accounts"
    default: return nil
    }
  }

  /// Asks a person at a terminal before accounts are deleted for good.
  func confirm(_ options: Options) throws {
    guard let deletion, !options.isAgreed else { return }
    let question: Notice = "Delete \(deletion) for good? This can't be undone."
    if Terminal.confirms(question) != false { return }
    throw CommandError(
      "nothing was deleted", "Say y to delete, or pass mode=soft to be able to restore it.")
  }

  /// Changes the params to those of the next page; false after the last page.
  mutating func follow(_ result: JSONValue) -> Bool {
    if let cursor = result.field("next_cursor")?.string {
      return turn(to: "cursor", .init(cursor), without: "offset")
    }
    if result.field("events") != nil, result.field("has_more")?.bool == true {
      return turn(to: "after", .init(result.field("next")?.int ?? 0), without: "")
    }
    return false
  }

  private mutating func turn(to name: String, _ value: ExampleValue, without other: String) -> Bool
  {
    var out = ByteBuffer()
    out.append("{")
    var text = json
    do {
      try text.withUTF8 { bytes in
        var parser = JSONParser()
        let params = try parser.parse(bytes)
        for (key, value) in params.fields where ![name, other].contains(key.string ?? "") {
          out.appendField(key)
          out.append(compact: value)
        }
      }
    } catch {
      return false
    }
    out.field(name)
    out.append(text: value.json)
    out.append("}")
    json = out.string
    return true
  }
}
