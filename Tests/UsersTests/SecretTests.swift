import Contract
import JSON
import Secrets
import Testing

@testable import UserMethods
@testable import Users

/// Tokens, passwords and sign-in failures as values.
@Suite struct SecretTests {
  // MARK: Tokens

  @Test("A token has a prefix, 30 random characters and a checksum of 6, and all differ")
  func form() {
    var texts: Set<String> = []
    for _ in 0..<100 {
      let text = TokenText.random().text
      #expect(text.wholeMatch(of: /roster_[0-9A-Za-z]{36}/) != nil, "\(text)")
      #expect(TokenText(text)?.text == text)
      texts.insert(text)
    }
    #expect(texts.count == 100)
  }

  /// The checksums come from Python's zlib.crc32, in base 62.
  private static let known = [
    "roster_0000000000000000000000000000000s3OCj", "roster_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz3Gj5Fy",
    "roster_AbCdEfGhIjKlMnOpQrStUvWxYz01233Z7RKr",
  ]

  @Test("The checksum is the CRC-32 that zlib computes", arguments: known)
  func knownTokens(text: String) { #expect(TokenText(text) != nil) }

  @Test("The digest of a token is the BLAKE2b-256 of its text") func digests() throws {
    let hex = try #require(TokenText(Self.known[0])).digest.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    #expect(hex.joined() == "3adb7ee8b2856a7595e0022c45ee5d8f6829ced54568d50202ee9bebd7979ce9")
  }

  @Test(
    "A text of any other form is not a token",
    arguments: [
      "", "roster_", "roster", "roster_0000000000000000000000000000000s3OC",
      "roster_0000000000000000000000000000000s3OCjj", "roster_00000000000000000000000000000s3OCj",
      " roster_0000000000000000000000000000000s3OCj",
      "roster_0000000000000000000000000000000s3OCj\n",
      "Roster_0000000000000000000000000000000s3OCj", "rooster0000000000000000000000000000000s3OCj",
      "roster_000000000000000000000000000000-s3OCj", "roster_00000000000000000000000000000é0s3OC",
      "00000000000000000000000000000000000000000000",
    ])
  func notTokens(text: String) { #expect(TokenText(text) == nil) }

  private static let letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

  @Test("The checksum detects every wrong character and every swap of two neighbours")
  func mistypes() {
    for text in Self.known + [TokenText.random().text] {
      let right = Array(text)
      for at in right.indices {
        var wrong = right
        for letter in Self.letters where letter != right[at] {
          wrong[at] = letter
          #expect(TokenText(String(wrong)) == nil)
        }
        guard at > 0, right[at] != right[at - 1] else { continue }
        var swapped = right
        swapped.swapAt(at, at - 1)
        #expect(TokenText(String(swapped)) == nil)
      }
    }
  }

  // MARK: Passwords

  @Test("A password verifies against its own hash only") func hashes() throws {
    let password = "Zoë's horse \u{1F40E}"
    let hash = try #require(PasswordHash(of: password))
    #expect(hash.text.hasPrefix("$argon2id$v=19$m=65536,t=2,p=1$"))
    #expect(!hash.text.contains("horse"))
    #expect(hash.fits(password))
    for wrong in ["", " ", "zoë's horse \u{1F40E}", password + " ", String(password.dropLast())] {
      #expect(!hash.fits(wrong), "\(wrong)")
    }
    // The salt hides that two accounts have the same password.
    #expect(PasswordHash(of: password) != hash)
    #expect(PasswordHash(text: hash.text) == hash)
  }

  @Test("A password of 1024 characters is not truncated") func longPasswords() throws {
    let long = String(repeating: "x", count: 1024)
    let hash = try #require(PasswordHash(of: long))
    #expect(hash.fits(long))
    #expect(!hash.fits(String(long.dropLast())) && !hash.fits(String(long.dropLast()) + "y"))
  }

  @Test(
    "No password verifies against a damaged hash",
    arguments: ["", "x", "$argon2id$v=19$m=8,t=1,p=1$"])
  func damagedHashes(text: String) {
    #expect(!PasswordHash(text: text).fits("") && !PasswordHash(text: text).fits("x"))
  }

  private static func value<Value: ParamValue>(_ type: Value.Type, _ json: String) throws -> Value {
    var parser = JSONParser()
    return try Array(json.utf8).withUnsafeBufferPointer { try type.init(parser.parse($0)) }
  }

  @Test(
    "A password is converted to form C with spaces of one kind, and otherwise kept",
    arguments: [
      (#""8 chars!""#, "8 chars!"), (#""  spaces stay  ""#, "  spaces stay  "),
      ("\"zoe\u{308} und horse\"", "zo\u{EB} und horse"),
      ("\"zo\u{EB} und horse\"", "zo\u{EB} und horse"),
      (#""A\u030angstrom""#, "\u{C5}ngstrom"), (#""\u212Bngstrom""#, "\u{C5}ngstrom"),
      (#""ＦＵＬＬwidth""#, "ＦＵＬＬwidth"), (#""no\u00A0break\u3000wide""#, "no break wide"),
      (#""foo\u1680\u2003bar""#, "foo  bar"), (#""Jack of ♦s""#, "Jack of ♦s"),
      (#""πß\u00e5 Σίσυφος""#, "πßå Σίσυφος"), (#""می\u200cخواهم را""#, "می\u{200C}خواهم را"),
    ])
  func passwords(json: String, password: String) throws {
    #expect(try Array(Self.value(NewPassword.self, json).value.utf8) == Array(password.utf8))
    #expect(try Array(Self.value(GivenPassword.self, json).value.utf8) == Array(password.utf8))
  }

  @Test(
    "A new password has 8 to 1024 characters, as a person counts them",
    arguments: [
      (String(repeating: "x", count: 7), false), (String(repeating: "x", count: 8), true),
      (String(repeating: "é", count: 8), true), (String(repeating: "\u{1F40E}", count: 7), false),
      (String(repeating: "\u{1F40E}", count: 1024), true),
      (String(repeating: "x", count: 1024), true), (String(repeating: "x", count: 1025), false),
      // Eight letters with combining accents are eight characters.
      (String(repeating: "e\u{308}", count: 8), true),
      (String(repeating: "e\u{308}", count: 7), false),
      (String(repeating: "x", count: 20) + "\u{0}", false),
    ])
  func lengths(password: String, isTaken: Bool) {
    let json = "\"\(password.replacing("\u{0}", with: "\\u0000"))\""
    let value = try? Self.value(NewPassword.self, json)
    #expect((value != nil) == isTaken)
  }

  /// RFC 8265, section 4.2. A password that was chosen before is still accepted at sign-in.
  @Test(
    "A new password that is blank, or has characters that RFC 8265 disallows, is rejected",
    arguments: [
      #""        ""#, #""\u00A0\u00A0\u3000\u3000\u2003\u2003  ""#, #""tab\tand\nline""#,
      #""my cat is a \u0009by""#, #""next\u0085line""#, #""line\u2028ends""#, #""del\u007Fete me""#,
      #""soft\u00ADhyphen""#, #""zero\u200Bwidth""#, #""a mark \u202E of direction""#,
      #""private \uE000 use""#, #""not a \uFFFF character""#, #""old \u1100 jamo""#,
    ])
  func unwantedPasswords(json: String) throws {
    #expect(throws: InvalidValue.self) { try Self.value(NewPassword.self, json) }
    #expect(try !Self.value(GivenPassword.self, json).value.isEmpty)
  }

  @Test(
    "An empty text, a text with NUL, or a value that is not a text is not a password",
    arguments: [#""""#, "null", "7", "[]", #"["password"]"#, #""\u0000""#, #""a\u0000b""#])
  func notPasswords(json: String) {
    #expect(throws: InvalidValue.self) { try Self.value(GivenPassword.self, json) }
    #expect(throws: InvalidValue.self) { try Self.value(NewPassword.self, json) }
  }

  // MARK: Failures

  /// Failures in a row, milliseconds since the last of them, and the seconds that are left to wait.
  @Test(
    "From the fifth failure on, the wait is 30 seconds and doubles up to 15 minutes",
    arguments: [
      (0, 0, nil), (1, 0, nil), (4, 0, nil),
      (5, 0, 30), (5, 1, 30), (5, 999, 30), (5, 1000, 29), (5, 29_000, 1), (5, 29_001, 1),
      (5, 29_999, 1), (5, 30_000, nil), (5, 30_001, nil), (5, 86_400_000, nil),
      (6, 0, 60), (7, 0, 120), (8, 0, 240), (9, 0, 480), (10, 0, 900), (11, 0, 900),
      (16, 0, 900), (100, 0, 900), (Int.max, 0, 900), (Int.max, 899_999, 1),
      (Int.max, 900_000, nil),
    ] as [(Int, Int64, Int?)])
  func waits(failures: Int, passed: Int64, seconds: Int?) {
    let last: Int64 = 1_800_000_000_000
    let attempts = Attempts(failures: failures, last: Timestamp(milliseconds: last))
    #expect(attempts.waitSeconds(at: Timestamp(milliseconds: last + passed)) == seconds)
  }

  @Test(
    "A failure adds to earlier ones, unless the last is a day old",
    arguments: [(0, 8), (86_399_999, 8), (86_400_000, 1), (200_000_000, 1), (-5000, 8)]
      as [(Int64, Int)])
  func failing(passed: Int64, failures: Int) {
    let last: Int64 = 1_800_000_000_000
    let now = Timestamp(milliseconds: last + passed)
    let attempts = Attempts(failures: 7, last: Timestamp(milliseconds: last)).failing(at: now)
    #expect(attempts == Attempts(failures: failures, last: now))
  }
}
