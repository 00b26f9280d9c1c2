import Foundation
import JSON
import TestSupport
import Testing

/// Mutated texts, parsed by this parser and by Foundation's.
@Suite struct FuzzTests {
  private static let mutants = 20_000

  private static let seeds = [
    #"{"jsonrpc":"2.0","id":1,"method":"users.list","params":{"limit":10,"fields":["a","b"]}}"#,
    #"[1,-2.5e+10,0.1E-3,true,false,null,"",{},[],[[]],{"a":{"b":{}}}]"#,
    #"{"é😀":"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t","":[ 1 , 2 ]}"#,
    #"[{"n":123456789012345678901234567890},{"m":"\uD83D\uDE00"},-0,1.0]"#,
  ]

  /// Bytes for mutations, mostly those with a meaning in JSON.
  private static let alphabet = Array(
    "{}[]:,\"\\/ \t\n0123456789-+.eEtrufalsn\u{E9}\u{1F600}xD8".utf8)

  @Test("A mutated text is accepted exactly if Foundation accepts it, except for known differences")
  func agreesWithFoundation() {
    var random = SeededRandom(seed: 20_261_121)
    var accepted = 0
    for round in 0..<Self.mutants {
      let seed = Array(Self.seeds[round % Self.seeds.count].utf8)
      let text = mutated(seed, &random)
      if Self.isKnownDifference(text) { continue }
      let isAccepted = refusal(of: text) == nil
      accepted += isAccepted ? 1 : 0
      #expect(
        isAccepted == isAcceptedByFoundation(text), "\(String(decoding: text, as: UTF8.self))")
    }
    // Refusals alone would prove little.
    #expect(accepted > Self.mutants / 100)
  }

  @Test("The compact form of an accepted text is parsed and written again without a change")
  func compactIsStable() throws {
    var random = SeededRandom(seed: 42)
    for round in 0..<Self.mutants {
      let text = mutated(Array(Self.seeds[round % Self.seeds.count].utf8), &random)
      guard refusal(of: text) == nil else { continue }
      let once = try withJSON(text) { value in written { $0.append(compact: value) } }
      let twice = try withJSON(once) { value in written { $0.append(compact: value) } }
      #expect(once == twice)
    }
  }

  private func mutated(_ seed: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var text = seed
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let at = Int.random(in: 0..<max(text.count, 1), using: &random)
      let byte = Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &random)]
      switch Int.random(in: 0..<5, using: &random) {
      case 0: text.insert(byte, at: min(at, text.count))
      case 1 where !text.isEmpty: text.remove(at: at)
      case 2 where !text.isEmpty: text[at] = byte
      case 3 where !text.isEmpty:
        let other = Int.random(in: 0..<text.count, using: &random)
        text.swapAt(at, other)
      default:
        // Repeats a piece of the text at its beginning.
        let end = min(text.count, at + Int.random(in: 0...6, using: &random))
        text.insert(contentsOf: text[min(at, end)..<end], at: 0)
      }
    }
    return text
  }

  private func isAcceptedByFoundation(_ text: [UInt8]) -> Bool {
    do {
      _ = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
      return true
    } catch {
      return false
    }
  }

  /// Whether Foundation may be laxer or stricter than RFC 8259 for this text, or guess its encoding.
  private static func isKnownDifference(_ text: [UInt8]) -> Bool {
    // A zero byte among the first four makes Foundation take the text for UTF-16 or UTF-32.
    if text.prefix(4).contains(0) { return true }
    // Foundation skips a byte order mark; Roster refuses it (section 8.1).
    let marks: [[UInt8]] = [[0xEF, 0xBB, 0xBF], [0xFE, 0xFF], [0xFF, 0xFE]]
    if marks.contains(where: { text.starts(with: $0) }) { return true }
    return hasTrailingComma(text) || hasHugeNumber(text)
  }

  /// Foundation accepts a comma before a closing bracket.
  private static func hasTrailingComma(_ text: [UInt8]) -> Bool {
    let tokens = text.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return zip(tokens, tokens.dropFirst()).contains { first, second in
      first == UInt8(ascii: ",") && (second == UInt8(ascii: "}") || second == UInt8(ascii: "]"))
    }
  }

  /// Foundation refuses a number outside the range of a Double; Roster keeps numbers as text.
  private static func hasHugeNumber(_ text: [UInt8]) -> Bool {
    let runs = text.split { !"0123456789+-.eE".utf8.contains($0) }
    return runs.contains { run in
      Double(String(decoding: run, as: UTF8.self)).map { !$0.isFinite } ?? false
    }
  }
}
