import Foundation
import Testing

@testable import Users

/// Case folding and domains against Unicode's own tables, row by row.
@Suite struct UnicodeTableTests {
  /// From Debian's package unicode-data.
  private static let caseFolding = "/usr/share/unicode/CaseFolding.txt"
  /// From the source package of PyPI's idna; `Tests/tables.sh` fetches it.
  private static let idna = "../../.build/tables/IdnaTestV2.txt"

  /// The fields of each row, without comments.
  private func rows(_ path: String) throws -> [[String]] {
    let url = URL(filePath: path, relativeTo: URL(filePath: #filePath))
    let text = try #require(
      try? String(contentsOf: url, encoding: .utf8),
      "\(url.path) is missing: run Tests/tables.sh, and install unicode-data")
    // The text is split by scalars, because a combining mark after a semicolon would hide it.
    return text.unicodeScalars.split(separator: "\n").compactMap { line in
      let row = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
      if row.allSatisfy(\.properties.isWhitespace) { return nil }
      return row.split(separator: ";", omittingEmptySubsequences: false)
        .map { String($0).trimmingCharacters(in: .whitespaces) }
    }
  }

  private func text(_ codes: String) throws -> String {
    var text = String.UnicodeScalarView()
    for code in codes.split(separator: " ") {
      text.append(try #require(UInt32(code, radix: 16).flatMap(Unicode.Scalar.init)))
    }
    return String(text)
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test("Search folds case as CaseFolding.txt (C and F), without accents") func search() throws {
    let rows = try rows(Self.caseFolding).filter { ["C", "F"].contains($0[1]) }
    #expect(rows.count > 1500)
    for row in rows {
      let folded = try text(row[2]).decomposedStringWithCanonicalMapping.unicodeScalars
        .filter { $0.properties.generalCategory != .nonspacingMark }
      let expected = String(String.UnicodeScalarView(folded))
      #expect(bytes(TextNormalization.searchable(try text(row[0]))) == bytes(expected), "\(row)")
    }
  }

  @Test("Identity keys fold case as CaseFolding.txt (C and S)") func identities() throws {
    let rows = try rows(Self.caseFolding).filter { ["C", "S"].contains($0[1]) }
    for row in rows {
      let expected = try text(row[2]).precomposedStringWithCanonicalMapping
      #expect(bytes(IdentityKey.of(try text(row[0]))) == bytes(expected), "\(row)")
    }
    // Full foldings to several letters and Turkic foldings are different identities.
    for row in try self.rows(Self.caseFolding).filter({ ["F", "T"].contains($0[1]) }) {
      let (one, other) = (try text(row[0]), try text(row[2]))
      // Swift's comparison treats texts with the same form C as equal.
      if one == other || row[1] == "T" && one == "I" || rows.contains(where: { $0[0] == row[0] }) {
        continue
      }
      #expect(IdentityKey.of(one) != IdentityKey.of(other), "\(row)")
    }
  }

  /// The reason for which a domain is rejected that the table accepts; nil for an error.
  private func refusal(of unicode: String, _ ascii: String) -> String? {
    if ascii.utf8.last == UInt8(ascii: ".") { return "ends with a dot" }
    let isLetter: [Unicode.GeneralCategory] = [
      .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber,
      .nonspacingMark, .spacingMark,
    ]
    let isDisallowed = unicode.unicodeScalars.contains { scalar in
      !isLetter.contains(scalar.properties.generalCategory)
        && !"-.\u{200C}\u{200D}".unicodeScalars.contains(scalar)
    }
    return isDisallowed ? "is no letter, digit or mark to IDNA2008 (RFC 5892)" : nil
  }

  /// The reason for which a domain is accepted that the table rejects; nil for an error.
  private func excuse(for unicode: String, _ statuses: [String]) -> String? {
    if statuses == ["V2"] { return "has hyphens as hosts of today have them" }
    if statuses.allSatisfy({ ["B1", "B4", "B6"].contains($0) }) {
      return "mixes directions, which idn2 checks label by label only"
    }
    let decomposed = unicode.decomposedStringWithCanonicalMapping.unicodeScalars
    if decomposed.contains(where: { ["=", "<", ">"].contains($0) }) {
      return "holds ≠, ≮ or ≯, which only the rules of STD3 refuse"
    }
    return nil
  }

  @Test("Domains convert as in IdnaTestV2.txt, except for deliberate deviations")
  func domains() throws {
    var counts: [String: Int] = [:]
    for row in try rows(Self.idna) {
      let source = unescaped(row[0])
      let unicode = row[1].isEmpty ? source : unescaped(row[1])
      let ascii = row[3].isEmpty ? unicode : row[3]
      let status = row[4].isEmpty ? row[2] : row[4]
      let statuses = status.split(whereSeparator: { "[], ".contains($0) }).map(String.init)
      let found = EmailDomain.readable(source)
      switch (statuses.isEmpty, found) {
      case (true, let found?):
        #expect(bytes(found) == bytes(unicode), "\(row)")
        counts["taken", default: 0] += 1
      case (false, nil): counts["refused", default: 0] += 1
      case (true, nil):
        let reason = refusal(of: unicode, ascii)
        if reason == nil { Issue.record("refused: \(row)") }
        counts[reason ?? "?", default: 0] += 1
      case (false, _?):
        let reason = excuse(for: unicode, statuses)
        if reason == nil { Issue.record("taken: \(row)") }
        counts[reason ?? "?", default: 0] += 1
      }
    }
    #expect(counts["taken"] ?? 0 > 300 && counts["refused"] ?? 0 > 3000)
  }

  private func unescaped(_ text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let first = rest.first {
      if rest.hasPrefix("\\u"), let code = UInt32(rest.dropFirst(2).prefix(4), radix: 16) {
        if code & 0xFC00 == 0xD800, let low = UInt32(rest.dropFirst(8).prefix(4), radix: 16) {
          result.unicodeScalars.append(
            Unicode.Scalar(0x10000 + (code & 0x3FF) << 10 | low & 0x3FF)!)
          rest = rest.dropFirst(12)
        } else {
          if let scalar = Unicode.Scalar(code) { result.unicodeScalars.append(scalar) }
          rest = rest.dropFirst(6)
        }
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
