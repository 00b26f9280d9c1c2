import Contract
import JSON
import Testing
import UserMethods
import Users

@Suite struct ValueTests {
  @Test(
    "Times are read as RFC 3339 and written in UTC with milliseconds",
    arguments: [
      ("2026-11-21T08:30:00Z", "2026-11-21T08:30:00.000Z"),
      ("2026-11-21T08:30:00.123456Z", "2026-11-21T08:30:00.123Z"),
      ("2026-11-21t08:30:00.5z", "2026-11-21T08:30:00.500Z"),
      ("2026-11-21T08:30:00+02:00", "2026-11-21T06:30:00.000Z"),
      ("2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59.000Z"),
      ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
      ("2100-03-01T00:00:00Z", "2100-03-01T00:00:00.000Z"),
      ("2000-12-31T23:59:60Z", "2000-12-31T23:59:59.000Z"),
    ])
  func times(text: String, written: String) {
    var out = ByteBuffer()
    Timestamp(text)?.write(into: &out)
    #expect(out.string == "\"\(written)\"")
  }

  @Test(
    "What is not RFC 3339 is no time",
    arguments: [
      "", "2026-11-21", "2026-11-21 08:30:00Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
      "2026-11-21T24:00:00Z", "2026-11-21T08:30:00", "2026-11-21T08:30:00.Z",
      "2026-11-21T08:30:00Zx", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z",
      "2026-11-21T08:30:00+2:00", "+026-11-21T08:30:00Z",
    ])
  func notTimes(text: String) { #expect(Timestamp(text) == nil) }

  @Test("An id is its text and back, and tells its time") func ids() {
    var ids = UserIDGenerator()
    for n in 0..<1000 {
      let now = Timestamp(milliseconds: 1_700_000_000_000 + Int64(n / 10))
      let id = ids.next(at: now)
      #expect(UserID(id.text) == id)
      #expect(UserID(id.text.uppercased()) == id)
      #expect(id.text.count == 36 && Array(id.text)[14] == "7")
    }
    #expect(
      UserID("01912f4c-7d1c-7abc-bdef-0123456789ab")?.text == "01912f4c-7d1c-7abc-bdef-0123456789ab"
    )
  }

  @Test("Ids rise, also when the clock is set back") func risingIDs() {
    var ids = UserIDGenerator()
    var last: Int64 = 0
    for now: Int64 in [1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000, 1_700_000_000_001] {
      let key = ids.next(at: Timestamp(milliseconds: now)).key
      #expect(key > last)
      last = key
    }
  }

  @Test(
    "What is no UUIDv7 is no id",
    arguments: [
      "", "01912f4c-7d1c-4abc-bdef-0123456789ab", "01912f4c-7d1c-7abc-7def-0123456789ab",
      "01912f4c-7d1c-7abc-bdef-0123456789a", "01912f4c-7d1c-7abc-bdef-0123456789ag",
      "01912f4c07d1c-7abc-bdef-0123456789ab", "f1912f4c-7d1c-7abc-bdef-0123456789ab",
    ])
  func notIDs(text: String) { #expect(UserID(text) == nil) }

  @Test(
    "Emails are trimmed, lower case and composed",
    arguments: [
      (" Zoe@Acme.com ", "zoe@acme.com"), ("ZO\u{CB}@acme.com", "zoë@acme.com"),
      ("zoe\u{308}@acme.com", "zoë@acme.com"), ("a+b@c", "a+b@c"), ("\u{A0}a@b\u{2003}", "a@b"),
    ])
  func emails(text: String, value: String) throws {
    #expect(Array(try Email(text).value.utf8) == Array(value.utf8))
  }

  @Test(
    "What has not one @ between two parts is no email",
    arguments: ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\nc", "a\u{0}@b", "a@b c"])
  func notEmails(text: String) {
    #expect(throws: Mismatch.self) { try Email(text) }
  }
}
