import SQLiteUserStore
import TestSupport
import Testing
import Users

/// Search with arbitrary query text.
@Suite struct SearchTests {
  /// Quotes, joiners and combining marks, operators of FTS5 and of LIKE, emoji, right-to-left and
  /// CJK text.
  private static let alphabet = [
    "\"", "'", "\u{200D}", "\u{200C}", "\u{301}", "\u{20E3}", "\u{94D}", "\u{93F}", "*", "^", ":",
    "(", ")", "-",
    "+", "%", "_", "\\", "{", "}", "NEAR", "AND", "OR", "NOT", "text", " ", "\u{3000}", "\u{A0}",
    "😀", "👩",
    "\u{FE0F}", "ש", "ا", "ل", "علی", "山", "田", "太郎", "a", "b", "A", "é", "ß", "ss", "Σ", "ς", "İ",
    "ﬁ", ".", ";",
  ]

  @Test(
    "A kept store counts the same matches as the memory store, for many queries",
    arguments: zip(StoreKind.kept, [100_000, 10_000]))
  func stores(kind: StoreKind, rounds: Int) throws {
    var random = SeededRandom(seed: 13)
    func word(_ count: Int) -> String {
      var word = "x"
      for _ in 0..<count { word += Self.alphabet.randomElement(using: &random) ?? "" }
      return String(word.unicodeScalars.dropFirst())
    }
    let users = (1...60).map { n in
      Account.make(n) { $0.name = TextNormalization.composed("\(word(n % 12 + 1))n") }
    }
    try StoreKind.memory.withStore(holding: users) { memory in
      try kind.withStore { kept in
        // An import puts the accounts into the index of searches, where so few would wait.
        try kept.writing {
          _ = try kept.beginImport()
          for user in users { try kept.insert(PackedUser(user)) }
          try kept.endImport()
        }
        var found = 0
        try kept.beginRead()
        for round in 0..<rounds {
          var query = word(round % 5 + 1)
          if round % 2 == 0, let name = users.randomElement(using: &random)?.name.unicodeScalars {
            let start = Int.random(in: 0..<name.count, using: &random)
            query = String(String.UnicodeScalarView(name.dropFirst(start).prefix(round % 7 + 1)))
          }
          var filter = Filter(scope: .all)
          filter.require(.text(.query, TextNormalization.searchable(query)))
          let (one, other) = (try memory.count(filter), try kept.count(filter))
          found += one
          if one != other { Issue.record("\(query.debugDescription): \(one) and \(other)") }
        }
        #expect(found > rounds)
      }
    }
  }

  @Test(
    "A query matches by the text that normalization leaves; empty text matches nothing",
    arguments: StoreKind.allCases,
    [
      ("\u{301}", 0), ("\u{20E3}\u{301}", 0), ("", 0), ("\n", 0), ("a\u{0}bc", 0), ("\u{0}", 0),
      ("علی\u{1F}abc", 0), (" ", 1), ("\"\u{200D}:abc", 0),
      ("علی\"\u{200C}ها", 1), ("\"\u{200C}", 1), ("محمد", 0),
    ])
  func marks(kind: StoreKind, search: (query: String, count: Int)) throws {
    let user = Account.make(1) { $0.name = "گروه \"علی\"\u{200C}ها" }
    try kind.withStore(holding: [user]) { store in
      var filter = Filter(scope: .all)
      filter.require(.text(.query, TextNormalization.searchable(search.query)))
      let found = try store.total(filter)
      #expect(found == search.count)
      #expect(try store.page(PageQuery(filter: filter, limit: 5)).users.count == search.count)
    }
  }
}
