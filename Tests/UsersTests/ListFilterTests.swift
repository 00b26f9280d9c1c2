import Contract
import JSON
import Testing

@testable import UserMethods
@testable import Users

@Suite struct ListFilterTests {
  /// A value that fits the schema of a filter, as JSON.
  private static func value(_ schema: Schema) throws -> String {
    switch schema {
    case .nullable(let inner): return try value(inner)
    case .boolean: return "true"
    case .enumeration(let words): return "\"\(words[0])\""
    case .array(let element, _): return "[\(try value(element))]"
    case .string(_, _, "date-time"): return "\"2026-01-31T08:00:00Z\""
    case .string(_, let pattern, _):
      let texts = ["text", "ada@acme.example"]
      let fitting = try texts.first { text in
        try pattern.map { try Regex($0).firstMatch(in: text) != nil } ?? true
      }
      return "\"\(try #require(fitting))\""
    default: throw InvalidValue("there is no value for it")
    }
  }

  @Test(
    "Time filters are exact, though accounts have times in milliseconds",
    arguments: [
      ("2026-01-01T00:00:00.123Z", 1_767_225_600_123, 1_767_225_600_123),
      ("2026-01-01T00:00:00.1230000Z", 1_767_225_600_123, 1_767_225_600_123),
      ("2026-01-01T00:00:00.1234Z", 1_767_225_600_123, 1_767_225_600_124),
      ("2026-01-01T00:00:00.1239999999Z", 1_767_225_600_123, 1_767_225_600_124),
      ("1969-12-31T23:59:59.9995Z", -1, 0),
      ("0001-01-01T00:00:00Z", -62_135_596_800_000, -62_135_596_800_000),
      ("9999-12-31T23:59:59.999Z", 253_402_300_799_999, 253_402_300_799_999),
      ("2016-12-31T23:59:60Z", 1_483_228_799_999, 1_483_228_800_000),
      ("2016-12-31T23:59:60.5Z", 1_483_228_799_999, 1_483_228_800_000),
      ("2200-01-01T00:00:00+01:00", 7_258_114_800_000, 7_258_114_800_000),
    ])
  func times(text: String, after: Int64, before: Int64) throws {
    var parser = JSONParser()
    let params = try Array(#"{"created_after":"\#(text)","created_before":"\#(text)"}"#.utf8)
      .withUnsafeBufferPointer { try ParamVisitor.decode(CountParams.self, parser.parse($0)) }
    let range = TimeRange(
      after: Timestamp(milliseconds: after), before: Timestamp(milliseconds: before))
    #expect(params.filter.conditions == [.time(.created, range)])
  }

  @Test(
    "A query of marks or joiners alone becomes an empty text",
    arguments: ["\u{301}", "\u{345}", "\u{34F}\u{345}", "\u{200D}"])
  func marks(query: String) throws {
    var parser = JSONParser()
    let params = try Array(#"{"query":"\#(query)"}"#.utf8)
      .withUnsafeBufferPointer { try ParamVisitor.decode(CountParams.self, parser.parse($0)) }
    #expect(params.filter.conditions == [.text(.query, "")])
  }

  @Test("Every text and time condition has a filter param") func asksForAll() throws {
    let fields = ParamVisitor.fields(of: CountParams.self)
    let members = try fields.map { "\"\($0.name)\":\(try Self.value($0.schema))" }
    var parser = JSONParser()
    let params = try Array("{\(members.joined(separator: ","))}".utf8).withUnsafeBufferPointer {
      try ParamVisitor.decode(CountParams.self, parser.parse($0))
    }
    let conditions = params.filter.conditions
    for text in TextCondition.allCases {
      #expect(
        conditions.contains { if case .text(text, _) = $0 { true } else { false } }, "\(text)")
    }
    for time in TimeCondition.allCases {
      #expect(
        conditions.contains { if case .time(time, _) = $0 { true } else { false } }, "\(time)")
    }
    #expect(Set(conditions.map { "\($0)" }).count == conditions.count)
  }
}
