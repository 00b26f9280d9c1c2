import TestSupport
import Testing

/// An export can be imported without loss, whatever characters the accounts contain.
@Suite struct ExportTests {
  /// Difficult text: quotes, delimiters, formula characters of spreadsheets, Unicode line separators,
  /// combining and joining marks, right-to-left text, emoji, and text that looks like another type.
  private static let pieces = [
    "\"", "\"\"", "'", ",", ";", "=", "+", "-", "@", "'=", "'", "|", "[", "]", "{", "}",
    "\\",
    "\\n", "\u{2028}", "\u{2029}", "\u{301}", "\u{200D}", "\u{200C}", "\u{20E3}", "\u{202E}",
    "\u{FEFF}", "a", "B", "1e5", "true", "null", "0017", " ", "  ", "é", "e\u{301}", "ß", "山田", "👩‍👧",
    "گروه", "नि", "\u{1F1E9}\u{1F1EA}", "&lt;", "%00", "#", "//", "\u{E000}", "\u{10FFFD}",
  ]

  private static func text(_ dice: inout SeededRandom) -> String {
    let count = Int.random(in: 1...6, using: &dice)
    return (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &dice)] }.joined()
  }

  private static func literal(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case "\t": literal += "\\t"
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }

  /// An account with a random choice of the fields that a record can hold.
  private static func account(_ number: Int, _ dice: inout SeededRandom) -> String {
    func chance(_ share: Int) -> Bool { Int.random(in: 0..<share, using: &dice) == 0 }
    // Each text gets an ASCII letter, because some texts are not valid by themselves.
    var members = [
      ("email", literal("u\(number)@example.com")),
      ("name", literal("N" + text(&dice))),
      ("org_id", literal("o" + text(&dice))),
      ("metadata", "{\(literal(text(&dice))):\(literal("\t" + text(&dice)))}"),
    ]
    if chance(2) { members[1].1 = literal(text(&dice) + "n") }
    for name in ["company", "job_title"] where chance(2) {
      members.append((name, literal(text(&dice) + "c")))
    }
    if chance(3) {
      let groups = (0..<Int.random(in: 1...3, using: &dice)).map { _ in literal(text(&dice) + "g") }
      members.append(("auto_groups", "[\(groups.joined(separator: ","))]"))
    }
    for name in ["is_active", "is_blocked", "email_verified", "is_developer", "is_internal"]
    where chance(4) {
      members.append((name, chance(2) ? "true" : "false"))
    }
    if chance(5) { members.append(("roles", chance(2) ? "[]" : #"["x","member"]"#)) }
    if chance(6) { members.append(("username", literal("name_\(number)"))) }
    if chance(6) { members.append(("last_login", "\"2020-01-02T03:04:05.678Z\"")) }
    if chance(6) { members.append(("created_at", "\"2001-02-03T04:05:06.789Z\"")) }
    if chance(8) { members.append(("version", "\(number + 1)")) }
    let isShut = members.contains { $0 == ("is_active", "false") || $0 == ("is_blocked", "true") }
    if chance(9) {
      members.append(("deleted_at", "\"2026-01-02T03:04:05.678Z\""))
    } else if chance(8), !isShut {
      members.append(("status", "\"invited\""))
    }
    return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
  }

  private static let forms: [[String]] = [
    ["--format", "jsonl"], ["--format", "csv"], ["--format", "csv", "--bom"],
    ["--format", "csv", "--delimiter", ";"], ["--format", "csv", "--delimiter", "tab"],
    ["--format", "csv", "--plain"],
  ]

  @Test("1,000 accounts exported, imported and exported again differ in no byte")
  func comesBack() throws {
    var dice = SeededRandom(seed: 13)
    let rows = (1...1000).map { Self.account($0, &dice) }.joined(separator: "\n")
    let first = try StoreFolder()
    let source = try first.folder.write("source.jsonl", rows)
    let made = try roster("import", source, "--deleted", "--store", first.store)
    #expect(made.text == #"{"imported":1000,"skipped":0,"failed":0}"# + "\n", "\(made.errors)")
    for form in Self.forms {
      let export = try roster(["export", "--deleted", "--store", first.store] + form)
      let second = try StoreFolder()
      let file = try second.folder.write("people", export.output)
      let plain = form.contains("--plain") ? ["--plain"] : []
      let back = try roster(["import", file, "--deleted", "--store", second.store] + plain)
      // The owner exists already, with another id.
      #expect(back.text == #"{"imported":1000,"skipped":1,"failed":0}"# + "\n", "\(back.errors)")
      let again = try roster(["export", "--deleted", "--store", second.store] + form)
      let (one, other) = (Self.withoutOwner(export), Self.withoutOwner(again))
      #expect(one.count > 900 && one == other, "\(form)")
    }
  }

  private static func withoutOwner(_ export: CommandResult) -> [String] {
    export.text.split(separator: "\n").map(String.init).filter { !$0.contains(StoreFolder.owner) }
  }

  /// Names, and the cells that an export writes for them.
  @Test(
    "An export puts a ' before a cell that a spreadsheet would run as a formula",
    arguments: [
      ("=1+1", "'=1+1"), ("+49", "'+49"), ("-x", "'-x"), ("@x", "'@x"), ("'x", "''x"), ("x=", "x="),
      ("'=x", "''=x"), ("\"=\"", "\"\"\"=\"\"\""), ("a,b", "\"a,b\""), ("=a,b", "\"'=a,b\""),
    ])
  func showsText(_ name: String, _ cell: String) throws {
    let row =
      #"{"email":"bo@example.com","name":"\#(name.replacing("\"", with: "\\\""))","org_id":"o"}"#
    let brought = try Bringing(row, as: "x.jsonl")
    let store = brought.store.store
    let shown = try roster("export", "--format", "csv", "--store", store)
    #expect(shown.text.contains(",bo@example.com,\(cell),"), "\(shown.text)")
    let plain = try roster("export", "--format", "csv", "--plain", "--store", store).text
    let bare = cell.replacing("''", with: "'").replacing("\"'=", with: "\"=")
    #expect(
      plain.contains(",bo@example.com,\(cell.hasPrefix("'") ? String(cell.dropFirst()) : bare),"))
    let back = try Bringing(Array(shown.output), as: "x.csv")
    #expect(back.texts("name") == [name])
  }

  @Test(
    "An export escapes the characters at which other readers end a line",
    arguments: ["jsonl", "csv"])
  func escapesLineEnds(_ format: String) throws {
    let names = ["a\u{2028}b", "\u{2029}\"x\"\u{2028}", "\"a\\u2028b\"", "\"plain\""]
    let rows = names.enumerated().map { at, name in
      #"{"email":"u\#(at)@x.org","name":\#(Self.literal("N" + name)),"org_id":"o","auto_groups":["#
        + "\(Self.literal(name + "g"))],\"job_title\":\(Self.literal(name))}"
    }
    let brought = try Bringing(rows.joined(separator: "\n"), as: "x.jsonl")
    #expect(brought.users.count == names.count, "\(brought.result.errors)")
    let export = try roster("export", "--format", format, "--store", brought.store.store)
    for scalar in ["\u{85}", "\u{2028}", "\u{2029}"] { #expect(!export.text.contains(scalar)) }
    let back = try Bringing(export.output, as: "x")
    for member in ["name", "job_title"] { #expect(back.texts(member) == brought.texts(member)) }
    let groups = back.users.map { $0["auto_groups"] as? [String] }
    #expect(groups == brought.users.map { $0["auto_groups"] as? [String] })
  }

  @Test("An import removes a leading ' only from such cells")
  func takesMarksOff() throws {
    let text = "email,name,org_id\na@x.org,'=a,o\nb@x.org,'Til Dawn,o\nc@x.org,',o\nd@x.org,''s,o\n"
    #expect(try Bringing(text).texts("name") == ["=a", "'Til Dawn", "'", "'s"])
    #expect(
      try Bringing(text, as: "x.csv", ["--plain"]).texts("name")
        == ["'=a", "'Til Dawn", "'", "''s"])
  }

  @Test("An export reports what it leaves out, and begins with a byte order mark if asked to")
  func tellsWhatIsLeftOut() throws {
    let store = try StoreFolder()
    let plain = try roster("export", "--store", store.store)
    #expect(plain.status == .exited(0))
    #expect(plain.errors.contains("no passwords, tokens, invitations, events or policy"))
    #expect(!plain.errors.contains("--deleted"))
    let bom = try roster("export", "--format", "csv", "--bom", "--store", store.store)
    #expect(bom.output.starts(with: [0xEF, 0xBB, 0xBF] + Array("id,email,".utf8)))
    try store.add("bo@example.com", "org_id=o")
    _ = try roster(
      "call", "users.delete", "user_id=bo@example.com", "mode=soft", "--store", store.store, "--as",
      StoreFolder.owner)
    let rest = try roster("export", "--store", store.store)
    #expect(rest.errors.contains("Soft-deleted accounts left out: 1; --deleted"))
    #expect(rest.lines.count == 1)
    #expect(try roster("export", "--deleted", "--store", store.store).lines.count == 2)
  }
}
