import Foundation
import JSON
import TestSupport

/// Compares replies with examples, member by member. Remembers which id, secret or cursor of the
/// server corresponds to one of the examples: it must be the same everywhere.
struct ExampleComparison {
  /// Values that differ between two stores.
  private enum Kind: CaseIterable {
    case id, time, secret, cursor, feed, store

    init?(_ text: String) {
      guard let kind = Self.allCases.first(where: { $0.holds(text) }) else { return nil }
      self = kind
    }

    private func holds(_ text: String) -> Bool {
      switch self {
      case .id:
        text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
          != nil
      case .time:
        text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil
      case .secret: text.wholeMatch(of: /roster_[0-9A-Za-z]{36}/) != nil
      case .cursor: text.wholeMatch(of: /[0-9A-Za-z_-]{64,}/) != nil
      case .feed: text.wholeMatch(of: /[0-9A-Za-z]{16}/) != nil
      case .store: text == "file" || text == "memory"
      }
    }
  }

  /// The examples span some hours of one day, the test some seconds.
  private static let hoursApartMax = 3.0

  /// The number of replies that were compared.
  private(set) var count = 0
  private var received: [String: String] = [:]
  private var expected: [String: String] = [:]
  /// The difference of the server's times to those of the examples, in seconds.
  private var timeShift: Double?

  /// The server's value for a value of the examples that begins with `start`.
  func own(_ start: String) -> String? { received.first { $0.key.hasPrefix(start) }?.value }

  // MARK: Params

  /// An example's params as JSON, with the server's ids and secrets in place of the example's.
  func params(
    of example: JSONValue, for method: JSONValue, _ structure: ExampleTests.Structure
  ) throws -> String {
    let given = example.field("params")?.elements.map { $0 } ?? []
    let values = try given.map { param in
      (param.field("name")?.string ?? "", try param.field("value").map(text) ?? "")
    }
    let declared = method.field("params")?.elements.map { $0.field("name")?.string ?? "" } ?? []
    let places = values.map { name, _ in declared.firstIndex(of: name) ?? -1 }
    guard places == places.sorted(), !places.contains(-1) else {
      throw TestFailure("\(values.map(\.0)) are not in the order of \(declared)")
    }
    // By position null keeps a value, so only params by name can clear one.
    let isByName =
      structure == .byName || method.field("paramStructure")?.string == "by-name"
      || values.contains { $0.1 == "null" }
    if isByName { return "{\(values.map { "\"\($0)\":\($1)" }.joined(separator: ","))}" }
    var row = [String](repeating: "null", count: (places.last ?? -1) + 1)
    for (place, (_, value)) in zip(places, values) { row[place] = value }
    return "[\(row.joined(separator: ","))]"
  }

  private func text(_ value: JSONValue) throws -> String {
    switch value.kind {
    case .object:
      let members = try value.fields.map { key, value in
        "\(String(decoding: key.text, as: UTF8.self)):\(try text(value))"
      }
      return "{\(members.joined(separator: ","))}"
    case .array:
      return "[\(try value.elements.map(text).joined(separator: ","))]"
    default:
      let text = String(decoding: value.text, as: UTF8.self)
      guard let string = value.string, let kind = Kind(string), kind != .time else { return text }
      guard let own = received[string] else {
        throw TestFailure("no answer of the story brought \(string)")
      }
      return "\"\(own)\""
    }
  }

  // MARK: Results

  /// The differences of a reply from an example, as text.
  mutating func differences(of answer: JSONValue, from example: JSONValue) -> [String] {
    guard let result = example.field("result"), let wanted = result.field("value") else {
      return ["the example has no result"]
    }
    guard let found = answer.field("result") else {
      return ["refused: \(String(decoding: answer.text, as: UTF8.self))"]
    }
    let isExcerpt = result.field("x-excerpt")?.bool ?? false
    count += 1
    return differences(found, wanted, "result", isExcerpt)
  }

  private mutating func differences(
    _ found: JSONValue, _ wanted: JSONValue, _ place: String, _ isExcerpt: Bool
  ) -> [String] {
    switch (found.kind, wanted.kind) {
    case (.object, .object):
      let names = found.fields.map { $0.key.string ?? "" }
      let wantedNames = wanted.fields.map { $0.key.string ?? "" }
      if isExcerpt ? !Set(names).isSuperset(of: wantedNames) : names != wantedNames {
        return ["\(place) has \(names), not \(wantedNames)"]
      }
      var differences: [String] = []
      for (key, value) in wanted.fields {
        let name = key.string ?? ""
        guard let own = found.fields.first(where: { $0.key.string == name }) else { continue }
        differences += self.differences(own.value, value, "\(place).\(name)", isExcerpt)
      }
      return differences
    case (.array, .array): return elementDifferences(found, wanted, place, isExcerpt)
    case (.string, .string): return textDifferences(found.string ?? "", wanted.string ?? "", place)
    default:
      let texts = [found, wanted].map { String(decoding: $0.text, as: UTF8.self) }
      return texts[0] == texts[1] ? [] : ["\(place) is \(texts[0]), not \(texts[1])"]
    }
  }

  private mutating func elementDifferences(
    _ found: JSONValue, _ wanted: JSONValue, _ place: String, _ isExcerpt: Bool
  ) -> [String] {
    if isExcerpt {
      let isThere = wanted.elements.allSatisfy { value in
        found.elements.contains { own in
          var trial = self
          return trial.differences(own, value, place, true).isEmpty
        }
      }
      return isThere ? [] : ["\(place) does not hold all that the excerpt has"]
    }
    if found.count != wanted.count { return ["\(place) has \(found.count), not \(wanted.count)"] }
    var differences: [String] = []
    for (at, (own, value)) in zip(found.elements, wanted.elements).enumerated() {
      differences += self.differences(own, value, "\(place)[\(at)]", false)
    }
    return differences
  }

  private mutating func textDifferences(
    _ found: String, _ wanted: String, _ place: String
  ) -> [String] {
    let kind = Kind(wanted)
    guard let kind, kind == Kind(found) else {
      return found == wanted ? [] : ["\(place) is \"\(found)\", not \"\(wanted)\""]
    }
    switch kind {
    case .store: return []
    case .time: return timeDifferences(found, wanted, place)
    case .id, .secret, .cursor, .feed:
      let known = (received[wanted] ?? found, expected[found] ?? wanted)
      received[wanted] = known.0
      expected[found] = known.1
      return known == (found, wanted)
        ? [] : ["\(place) is \(found), where \(wanted) was \(known.0) and \(found) \(known.1)"]
    }
  }

  private mutating func timeDifferences(
    _ found: String, _ wanted: String, _ place: String
  ) -> [String] {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let own = try? style.parse(found), let example = try? style.parse(wanted) else {
      return ["\(place) is no time: \(found)"]
    }
    let shift = own.timeIntervalSince(example)
    let known = timeShift ?? shift
    timeShift = known
    return abs(shift - known) < Self.hoursApartMax * 3600
      ? [] : ["\(place) is \(found): \(wanted) lies otherwise in the story"]
  }
}
