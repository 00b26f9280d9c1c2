import Foundation
import TestSupport
import Testing

/// `roster import`, and exports that are imported again.
@Suite struct ImportTests {
  private static let good = """
    {"email":"bo@example.com","name":"Bo","org_id":"acme"}
    {"email":"cy@example.com","name":"Cy","organization_id":"acme","metadata":{"n":1.50}}
    """

  @Test("Valid rows are imported, and a second run skips them")
  func importsOnce() throws {
    let store = try StoreFolder()
    let file = try store.folder.write("users.jsonl", Self.good + "\n")
    let first = try roster("import", file, "--store", store.store)
    #expect(first.status == .exited(0), "\(first.errors)")
    #expect(first.text == #"{"imported":2,"skipped":0,"failed":0}"# + "\n")
    let before = try roster("export", "--store", store.store).output
    let second = try roster("import", file, "--store", store.store)
    #expect(second.status == .exited(0))
    #expect(second.text == #"{"imported":0,"skipped":2,"failed":0}"# + "\n")
    #expect(try roster("export", "--store", store.store).output == before)
  }

  @Test(
    "A quoted cell may have several lines; an unclosed quote is reported, and earlier rows are kept"
  )
  func importsQuotedLines() throws {
    let store = try StoreFolder()
    let lines = String(repeating: "a line\n", count: 1000)
    let text =
      "email,name,org_id,metadata\nbo@example.com,\"Bo \"\"B\"\"\",acme,\"{\"\"a\"\":\n1}\"\n"
    let file = try store.folder.write("users.csv", text + "cy@example.com,\"Cy,acme\n" + lines)
    let result = try roster("import", file, "--store", store.store)
    #expect(result.status == .exited(1))
    #expect(
      result.errors.contains(
        "users.csv:4: the quote that opens here is not closed"),
      "\(result.errors)")
    let kept = try roster("export", "--store", store.store).text
    #expect(kept.contains(#""name":"Bo \"B\"""#) && kept.contains(#""metadata":{"a":1}"#))
    // A long file is not read to its end to find the closing quote.
    let long = try store.folder.write(
      "long.csv", "email,name\n\"" + String(repeating: lines, count: 500))
    let cut = try roster("import", long, "--store", store.store)
    #expect(
      cut.errors.contains(
        "long.csv:2: the quote that opens here is not closed within 1048576 bytes"),
      "\(cut.errors)")
  }

  @Test("The largest version in a file does not stop the process: the next version is 1")
  func importsLastVersion() throws {
    let store = try StoreFolder()
    let row = #"{"email":"v@example.com","name":"V","org_id":"acme","version":9223372036854775807}"#
    let file = try store.folder.write("users.jsonl", row)
    #expect(try roster("import", file, "--store", store.store).status == .exited(0))
    let update = try roster(
      "call", "users.update", "user_id=v@example.com", "name=W", "--store", store.store, "--as",
      "ada@example.com")
    #expect(update.text.contains(#""version":1,"#), "\(update.errors)")
  }

  @Test("Blank lines, CRLF, a last line without a line feed and standard input are accepted")
  func importsAnyLines() throws {
    let store = try StoreFolder()
    let text = "\n" + Self.good.replacing("\n", with: "\r\n\r\n") + "\r\n   \r\n"
    let result = try roster("import", "-", "--store", store.store, input: Array(text.utf8))
    #expect(result.text == #"{"imported":2,"skipped":0,"failed":0}"# + "\n")
    let rest = Array(#"{"email":"di@example.com","name":"Di","org_id":"acme"}"#.utf8)
    let last = try roster("import", "-", "--store", store.store, input: rest)
    #expect(last.text == #"{"imported":1,"skipped":0,"failed":0}"# + "\n")
  }

  /// A line that stands between two valid ones, and a part of its error.
  @Test(
    "An invalid row is reported with its line number, and the valid rows are imported",
    arguments: [
      ("nonsense", "not JSON"), ("{\"email\":\"di@example.com\"", "not JSON"), ("[1]", "object"),
      ("1", "object"), (#"{"email":"di","name":"Di","org_id":"a"}"#, "column email: "),
      (#"{"email":"di@example.com","org_id":"a"}"#, "column name: is required"),
      (#"{"email":"di@example.com","name":"Di"}"#, "column org_id: is required"),
      (#"{"email":"di@example.com","name":"Di","org_id":"a","nmae":1}"#, "nmae: is no column"),
      (#"{"email":"di@example.com","name":"Di","name":"Di","org_id":"a"}"#, "appears twice"),
      (
        #"{"email":"di@example.com","name":"Di","org_id":"a","username":"bo@example.com"}"#,
        "username"
      ),
      (#"{"email":"di@example.com","name":"Di","org_id":"a","id":"x"}"#, "column id: must"),
      (
        #"{"email":"di@example.com","name":"Di","org_id":"a","created_at":"x"}"#,
        "column created_at: must"
      ),
      (#"{"name":"Di","org_id":"a"}"#, "column email: "), ("\u{FEFF}{}", "not JSON"),
    ])
  func tellsBadRows(_ row: String, _ part: String) throws {
    let store = try StoreFolder()
    let lines = Self.good.split(separator: "\n")
    let file = try store.folder.write("users.jsonl", "\(lines[0])\n\n\(row)\n\(lines[1])\n")
    let result = try roster("import", file, "--store", store.store)
    #expect(result.status == .exited(1))
    #expect(result.text == #"{"imported":2,"skipped":0,"failed":1}"# + "\n")
    let told = result.errors.split(separator: "\n").filter { $0.hasPrefix(file + ":") }
    #expect(told.count == 1)
    #expect(told.first?.hasPrefix("\(file):3: ") == true, "\(result.errors)")
    #expect(told.first?.contains(part) == true, "\(result.errors)")
    #expect(try roster("export", "--store", store.store).lines.count == 3)
  }

  @Test("20 failed rows are listed, more are counted by reason, and the valid rows are imported")
  func tellsManyBadRows() throws {
    let store = try StoreFolder()
    var lines = (1...3000).map { #"{"email":"u\#($0)@example.com","name":"U\#($0)","org_id":"o"}"# }
    let bad = Array(stride(from: 7, to: 3000, by: 101))
    for number in bad { lines[number - 1] = #"{"email":"u\#(number)@example.com"}"# }
    let file = try store.folder.write("users.jsonl", lines.joined(separator: "\n"))
    let result = try roster("import", file, "--store", store.store)
    #expect(result.status == .exited(1))
    let told = result.errors.split(separator: "\n").compactMap { line in
      line.hasPrefix(file + ":") ? Int(line.dropFirst(file.count + 1).prefix { $0 != ":" }) : nil
    }
    #expect(told == Array(bad.prefix(20)))
    let rest = bad.count - 20
    #expect(result.errors.contains("users.jsonl: \(rest) more rows"), "\(result.errors)")
    #expect(result.errors.contains("  \(rest) × column name: is required"), "\(result.errors)")
    #expect(try roster("export", "--store", store.store).lines.count == 3001 - bad.count)
  }

  @Test(
    "A missing file, or a folder, is refused and changes nothing", arguments: ["no.jsonl", "."])
  func needsTheFile(_ name: String) throws {
    let store = try StoreFolder()
    let result = try roster("import", store.folder.file(name), "--store", store.store)
    #expect(result.status == .exited(1))
    #expect(result.errors.contains(store.folder.file(name)))
    #expect(result.output.isEmpty)
    #expect(try roster("export", "--store", store.store).lines.count == 1)
  }

  @Test("CSV is read as RFC 4180 defines it")
  func importsCSV() throws {
    let store = try StoreFolder()
    let csv =
      "\u{FEFF}email,name,org_id,roles,is_active,metadata\r\n"
      + "bo@example.com,\"Ek, \"\"Bo\"\"\",acme,member;writer,false,\"{\"\"n\"\": 1.50}\"\r\n"
      + "\r\n" + "cy@example.com,Cy,acme,,,\r\n" + "di@example.com,Di,acme,annotator,maybe,\r\n"
      + "ed@example.com,Ed,acme,,,,extra\r\n" + "fi@example.com,\"F\ni\",acme,,,\r\n"
      + "gu@example.com,Gu,acme,,true,"
    let file = try store.folder.write("users.csv", csv)
    let result = try roster("import", file, "--store", store.store)
    #expect(result.status == .exited(1))
    #expect(result.text == #"{"imported":3,"skipped":0,"failed":3}"# + "\n")
    for line in ["\(file):5: column is_active", "\(file):6: has 7 cells", "\(file):7: column name"]
    {
      #expect(result.errors.contains(line), "\(result.errors)")
    }
    let all = try roster("export", "--store", store.store).text
    #expect(all.contains(#""name":"Ek, \"Bo\"""#))
    #expect(all.contains(#""roles":["member","writer"],"is_superuser":false,"is_active":false"#))
    #expect(all.contains(#""metadata":{"n":1.50}"#))
    #expect(all.contains(#""email":"gu@example.com","name":"Gu""#))
  }

  @Test("A CSV file with an unknown column is refused as a whole")
  func refusesForeignCSV() throws {
    let store = try StoreFolder()
    let file = try store.folder.write("users.csv", "email,nmae\nbo@example.com,Bo\n")
    let result = try roster("import", file, "--store", store.store)
    #expect(result.status == .exited(1))
    #expect(result.errors.contains("nmae"))
    #expect(try roster("export", "--store", store.store).lines.count == 1)
  }

  /// Accounts with every kind of value that a format could lose.
  private static let varied = #"""
    {"email":"bo@example.com","name":"Ek, \"Bo\"; é😀","org_id":"a,b\"c","roles":["x","member"]}
    {"email":"cy@example.com","name":"null","org_id":"true","is_active":false,"company":"1e5"}
    {"email":"di@example.com","name":"0","org_id":"0","is_blocked":true,"job_title":"; ;"}
    {"name":"Robot","org_id":"o","is_service_account":true,"username":"robot"}
    {"name":"Nameless","org_id":"o","is_service_account":true}
    {"email":"ed@example.com","name":"Ed","org_id":"o","oauth_provider":"g,h","oauth_id":"00012"}
    {"email":"fi@example.com","name":"Fi","roles":["admin"],"avatar_url":"https://x.org/a,b?c=\"d\""}
    {"email":"gu@example.com","name":"Gu","org_id":"o","is_internal":true,"email_verified":true}
    {"email":"ha@example.com","name":"Ha","org_id":"o","metadata":{"a":[1.50,"x,\"y\n"],"b":{"c":null}}}
    {"email":"io@example.com","name":"Io","org_id":"o","auto_groups":["a b","c,d","\"e\""]}
    {"email":"jo@example.com","name":"Jo","org_id":"o","status":"invited","is_developer":false}
    {"email":"ka@example.com","name":"Ka","org_id":"o","created_at":"2001-02-03T04:05:06.789Z"}
    {"email":"lu@example.com","name":"Lu","org_id":"o","last_login":"2020-01-01T00:00:00+01:00"}
    {"email":"mo@example.com","name":"Mo","org_id":"o","has_completed_onboarding":true,"version":7}
    """#

  @Test("An export and its import into a new store lose nothing", arguments: ["jsonl", "csv"])
  func comesBack(_ format: String) throws {
    try checkComesBack(format, Self.varied, count: 14)
  }

  @Test(
    "An empty list of roles, and group names with semicolons, survive export and import",
    arguments: ["jsonl", "csv"])
  func listsComeBack(_ format: String) throws {
    let rows = #"""
      {"email":"bo@example.com","name":"Bo","org_id":"o","roles":[]}
      {"email":"cy@example.com","name":"Cy","org_id":"o","auto_groups":["a;b","c"]}
      """#
    try checkComesBack(format, rows, count: 2)
  }

  private func checkComesBack(_ format: String, _ rows: String, count: Int) throws {
    let (one, other) = (try StoreFolder(), try StoreFolder())
    let source = try one.folder.write("source.jsonl", rows)
    let imported = try roster("import", source, "--store", one.store)
    #expect(imported.text == #"{"imported":\#(count),"skipped":0,"failed":0}"# + "\n")
    #expect(imported.errors.isEmpty)
    let first = try roster("export", "--store", one.store, "--format", format)
    #expect(first.status == .exited(0))
    let file = try other.folder.write("users." + format, first.output)
    let again = try roster("import", file, "--store", other.store)
    // The owner exists already, with another id.
    #expect(again.text == #"{"imported":\#(count),"skipped":1,"failed":0}"# + "\n")
    #expect(again.errors.isEmpty)
    let second = try roster("export", "--store", other.store, "--format", format)
    #expect(withoutOwner(first) == withoutOwner(second))
    #expect(withoutOwner(first).count >= count)
  }

  private func withoutOwner(_ export: CommandResult) -> [String] {
    export.lines.filter { !$0.contains(StoreFolder.owner) }
  }

  @Test("A running server sees the accounts of an import into its store")
  func importsBesideAServer() throws {
    let store = try StoreFolder()
    let server = try store.serve()
    #expect(try server.call("users.count") == #""result":1"#)
    let file = try store.folder.write("users.jsonl", Self.good)
    #expect(try roster("import", file, "--store", store.store).status == .exited(0))
    #expect(try server.call("users.count") == #""result":3"#)
    #expect(
      try server.call("users.get", #"["bo@example.com",["name"]]"#)
        == #""result":{"name":"Bo"}"#)
  }
}
