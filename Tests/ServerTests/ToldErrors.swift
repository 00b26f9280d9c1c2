import Contract
import JSON
import Server
import UserMethods
import Users

/// Compares the errors that callers received with those that the catalogue declares for each method.
enum ToldErrors {
  private static let told = Dictionary(
    uniqueKeysWithValues: ServerCatalog.descriptions.map {
      ($0.name.description, Set($0.refusals.map(\.code)))
    })

  /// The errors of a conversation that the catalogue does not declare. Errors of the envelope do not
  /// belong to a method.
  static func missing(sent: [UInt8], received: [String]) -> [String] {
    var requests = sent.split(separator: 0x0A).flatMap(requests)[...]
    var missing: [String] = []
    for (id, code) in received.flatMap(replies) {
      // Replies arrive in the order of the requests, whose ids may repeat.
      guard let at = requests.firstIndex(where: { $0.id == id }) else { continue }
      let method = requests[at].method
      requests = requests[(at + 1)...]
      guard let code, code > 0, let told = told[method], !told.contains(code) else { continue }
      missing.append("\(method) answers with \(code)")
    }
    return missing
  }

  private static func requests(_ line: ArraySlice<UInt8>) -> [(id: String, method: String)] {
    entries(String(decoding: line, as: UTF8.self)) { entry in
      guard let id = entry.field("id"), let method = entry.field("method")?.string else {
        return nil
      }
      return (String(decoding: id.text, as: UTF8.self), method)
    }
  }

  /// The id of each reply, and its error code; nil for a result.
  private static func replies(_ line: String) -> [(id: String, code: Int?)] {
    entries(line) { entry in
      guard let id = entry.field("id"), id.kind != .null else { return nil }
      let code = entry.field("error")?.field("code")?.int
      return (String(decoding: id.text, as: UTF8.self), code)
    }
  }

  /// The messages of a line; empty if it is not JSON.
  private static func entries<T>(_ line: String, _ body: (JSONValue) -> T?) -> [T] {
    guard let parsed = try? ParsedText(line) else { return [] }
    return parsed.read { value in
      (value.kind == .array ? Array(value.elements) : [value]).compactMap(body)
    }
  }
}
