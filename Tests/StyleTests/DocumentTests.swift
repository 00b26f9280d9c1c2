import Contract
import Foundation
import Testing

/// The tables in the documents that are generated from the code. `UPDATE_SCHEMA=1 swift test`
/// updates them.
@Suite struct DocumentTests {
  private static let folder = StyleTests.root.appending(
    path: "Sources/roster/Documentation.docc")

  private static func pages() throws -> [MarkedPage] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".md") }.map { name in
        let file = folder.appending(path: name)
        return MarkedPage(name: name, text: try String(contentsOf: file, encoding: .utf8))
      }
  }

  private static let tables = DocumentTables.all.mapValues(\.text)

  @Test("The tables in the documents match the code, and each is on a page")
  func upToDate() throws {
    if ProcessInfo.processInfo.environment["UPDATE_SCHEMA"] == "1" {
      for page in try Self.pages() {
        let updated = page.updated(Self.tables)
        let file = Self.folder.appending(path: page.name)
        if updated != page.text {
          try updated.write(to: file, atomically: true, encoding: .utf8)
        }
      }
    }
    let pages = try Self.pages()
    let problems = pages.flatMap { $0.problems(Self.tables) }
    for problem in problems + DocumentTables.missing(from: pages, Self.tables) {
      Issue.record("\(problem)")
    }
  }

  @Test("Each row of a table has a cell for each column", arguments: tables.keys.sorted())
  func isEven(name: String) throws {
    let table = try #require(DocumentTables.all[name])
    #expect(!table.rows.isEmpty)
    for row in table.rows { #expect(row.count == table.columns.count, "\(row)") }
  }

  @Test("The table of errors contains every reason that the sources declare")
  func hasDeclaredReasons() {
    let told = Set(DocumentTables.failures.compactMap(\.reason))
    let declared = StyleTests.sources().filter { !$0.path.hasPrefix("Commands/") }
      .reduce(into: Set<String>()) { $0.formUnion(Reasons.declared(in: $1.text)) }
    #expect(declared.count > 40)
    #expect(declared.subtracting(told).subtracting(Reasons.ofImports) == [])
  }

  @Test("The table of errors contains every reason that the transcripts show")
  func hasShownReasons() throws {
    var told = Set(DocumentTables.failures.map { [$0.kind.rawValue, $0.reason ?? ""] })
    told.formUnion(
      Capability.allCases.map { [Failure.Kind.permissionDenied.rawValue, $0.rawValue] })
    let folder = StyleTests.root.appending(path: "Tests/ServerTests/Transcripts")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      #expect(Reasons.shown(in: text).subtracting(told) == [], "\(name)")
    }
  }

  // MARK: Tests of the checks

  private static let known = ["sizes": MarkdownTable("A", "B", rows: [["1", "a|b"]]).text]
  private static let good = """
    # Sizes

    <!-- generated: sizes -->
    | A | B |
    | --- | --- |
    | 1 | a\\|b |
    <!-- end -->

    The rest.

    """

  private static func problems(_ text: String) -> [String] {
    MarkedPage(name: "Sizes.md", text: text).problems(known)
  }

  @Test("A page with a correct table passes, with or without a blank line before it")
  func passes() {
    #expect(Self.problems(Self.good) == [])
    #expect(Self.problems(Self.good.replacing("-->\n|", with: "-->\n\n|")) == [])
  }

  @Test(
    "A problem with a table is reported with page and line, and a remedy if it is out of date",
    arguments: [
      ("| 1 |", "| 2 |", "Sizes.md:3: the table sizes is out of date: \(MarkedPage.remedy)"),
      ("| 1 | a\\|b |\n", "", "Sizes.md:3: the table sizes is out of date: \(MarkedPage.remedy)"),
      (": sizes", ": size", "Sizes.md:3: there is no table size; there are sizes"),
      ("<!-- end -->", "", "Sizes.md:3: the table sizes has no <!-- end --> after it"),
      (
        "<!-- end -->", "<!-- generated: sizes -->\n<!-- end -->",
        "Sizes.md:3: the table sizes has no <!-- end --> after it"
      ),
      ("The rest.", "<!-- end -->", "Sizes.md:9: <!-- end --> marks no table"),
      (
        "The rest.", "<!-- generated sizes -->",
        "Sizes.md:9: <!-- generated sizes --> marks no table"
      ),
    ])
  func finds(old: String, new: String, problem: String) {
    #expect(Self.problems(Self.good.replacing(old, with: new)).contains(problem))
  }

  @Test("A known table that is on no page is reported")
  func findsMissing() {
    let page = MarkedPage(name: "Sizes.md", text: Self.good.replacing(": sizes", with: ": others"))
    #expect(DocumentTables.missing(from: [page], Self.known).count == 1)
    let good = MarkedPage(name: "Sizes.md", text: Self.good)
    #expect(DocumentTables.missing(from: [page, good], Self.known) == [])
  }

  @Test("An update writes the tables and nothing else")
  func updates() {
    let old = MarkedPage(name: "Sizes.md", text: Self.good.replacing("| 1 |", with: "| 2 |"))
    let new = MarkedPage(name: "Sizes.md", text: old.updated(Self.known))
    #expect(new.problems(Self.known) == [])
    #expect(new.text.replacing("\n\n|", with: "\n|").replacing("|\n\n<", with: "|\n<") == Self.good)
    #expect(new.updated(Self.known) == new.text)
    let empty = MarkedPage(name: "E.md", text: "<!-- generated: sizes -->\n<!-- end -->\n")
    #expect(MarkedPage(name: "E.md", text: empty.updated(Self.known)).problems(Self.known) == [])
  }

  @Test("Reasons are found in sources and in transcripts")
  func findsReasons() {
    let source = #"Failure(.conflict, reason: "odd", "It is odd.", hint: "Wait.")"#
    #expect(Reasons.declared(in: source) == ["odd"])
    #expect(Reasons.declared(in: "unavailable(\n  \"busy\", \"Wait.\")") == ["busy"])
    #expect(Reasons.shown(in: #"{"kind":"conflict","reason":"odd"}"#) == [["conflict", "odd"]])
  }
}
