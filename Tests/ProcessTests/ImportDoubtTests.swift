import Foundation
import TestSupport
import Testing

/// Files that can be read in more than one way: no account is lost without a message.
@Suite struct ImportDoubtTests {
  private static let head = "email,name,org_id,metadata.bio\n"
  private static let a = #"{"email":"a@x.example","name":"A","org_id":"acme"}"#
  private static let b = #"{"email":"b@x.example","name":"B","org_id":"acme"}"#

  private static let id = "01990000-0000-7000-8000-000000000001"
  private static let filling = String(repeating: "x", count: 5 << 20)

  /// A file's text, the emails that are imported, and a part of the error.
  private static let texts: [(name: String, text: String, taken: [String], told: String)] = [
    (
      "stray.csv",
      head
        + "a@x.example,A,acme,\"oops\nb@x.example,B,acme,x\nc@x.example,C,acme,the \"fine\" one\n"
        + "d@x.example,D,acme,x\n", ["d@x.example"],
      "stray.csv:2: text follows the quote that closes the one of line 2"
    ),
    (
      "escaped.csv", head + #"a@x.example,"A \"x\" B",acme,"# + "\nb@x.example,B,acme,\n",
      ["b@x.example"], "text follows the quote"
    ),
    (
      "spaces.csv", "\"email\", \"name\", \"org_id\"\n\"a@x.example\", \"A\" , \"acme\"\n",
      ["a@x.example"], ""
    ),
    (
      "page.json", "[\(a)]\n{\"errorCode\":\"E1\"}\n[\(b)]", ["a@x.example"],
      "page.json:2: the document"
    ),
    (
      "first.json", "{\n\"ok\":false}\n{\"users\":[\(a)]}", [],
      "has no list at the path of the others"
    ),
    (
      "two.json", "{\"users\":[\(a)],\"Resources\":[\(b)]}", ["a@x.example"],
      "another list at /Resources"
    ),
    (
      "twice.csv", "email,name,org_id,foo,Foo\na@x.example,A,acme,1,2\n", [],
      "the header has the column Foo twice"
    ),
    ("bars.csv", "email|name|org_id\na@x.example|A|acme\n", [], "--delimiter '|'"),
    ("open.csv", "email,name,\"org_id\n", [], "the quote that opens here is not closed\n"),
    (
      "epoch.csv", "email,name,org_id,created_at\na@x.example,A,acme,1.70416E+12\n", [],
      "column created_at"
    ),
    (
      "compact.csv", "email,name,org_id,created_at\na@x.example,A,acme,202401020304\n", [],
      "column created_at"
    ),
    (
      "offset.csv", "email,name,org_id,created_at\na@x.example,A,acme,2024-01-02 03:04:05 +0000\n",
      ["a@x.example"], ""
    ),
    (
      "serial.csv", "email,name,org_id,created_at\na@x.example,A,acme,45292\n", [],
      "a spreadsheet's day number"
    ),
    (
      "days.csv", "email,name,org_id,created_at\na@x.example,A,acme,01/02/2024\n", [],
      "day and month are ambiguous"
    ),
    (
      "cut.csv", "email,name,org_id\na@x.example,A,acme\nb@x.exa", ["a@x.example"],
      "cut.csv:3: the file ends within this row: it has 1 of 3 cells"
    ),
    ("whole.csv", "email,name,org_id\na@x.example,A,acme", ["a@x.example"], ""),
    ("short.csv", "email,name,org_id,company\na@x.example,A,acme\n", ["a@x.example"], ""),
    ("said.csv", "\"sep=;\"\nemail;name;org_id\na@x.example;A;acme\n", ["a@x.example"], ""),
    ("SAID.CSV", "SEP=|\nemail|name|org_id\na@x.example|A|acme\n", ["a@x.example"], ""),
    (
      "mixed.csv", "email,name,org_id\ra@x.example,\"A\nB\",acme\r", [],
      "some lines end by CR alone"
    ),
    ("late.json", #"{"a":"\#(filling)","users":[\#(a)]}"#, [], "--format json reads it as one"),
    ("jq.json", "{\n \"email\":\"a@x.example\"\n}\n{}", [], "--at '' takes each object"),
    ("braces.csv", "email,name,fn{x},/b\n", [], "Leave them out with --ignore-unknown."),
    ("hash.csv", "email,name,user_pass\n", [], "are not imported (user_pass)"),
    (
      "more.json", #"{"users":[\#(a)],"has_more":true}"#, ["a@x.example"],
      "says that others follow"
    ),
    (
      "words.jsonl",
      a + "\n" + #"{"EMAIL":"b@x.example","name":"B","org_id":"acme","status":"Suspended"}"# + "\n"
        + #"{"email":"c@x.example","name":"C","org_id":"acme","is_blocked":"TRUE"}"# + "\n"
        + #"{"email":"d@x.example","name":"D","org_id":"acme","created_at":"2024-01-02 03:04:05"}"#,
      ["a@x.example", "b@x.example", "c@x.example", "d@x.example"], ""
    ),
    (
      "family.csv",
      "email,name,org_id\na@x.example,A,acme\nA@x.example,B,acme\na@X.example,a,acme\n",
      ["a@x.example"], "family.csv:3: column email: is also in line 2, with another name"
    ),
    (
      "robots.json",
      #"[{"username":"r","name":"A","org_id":"acme","is_service_account":true},"#
        + #"{"username":"R","name":"B","org_id":"acme","is_service_account":true}]"#, ["-"],
      "entry 2: column username: is also in entry 1"
    ),
    (
      "ids.csv", "id,email,name,org_id\n\(id),a@x.example,A,acme\n\(id),b@x.example,A,acme\n",
      ["a@x.example"], "ids.csv:3: column id: is also in line 2, with another email"
    ),
  ]

  @Test("An import reports each row that it rejects", arguments: texts)
  func tells(_ name: String, _ text: String, _ taken: [String], _ told: String) throws {
    let brought = try Bringing(text, as: name, ["--map", "metadata.foo={foo}", "--ignore-unknown"])
    let plain = try Bringing(text, as: name)
    let result = name == "twice.csv" ? brought : plain
    #expect(result.texts("email") == taken, "\(result.result.errors)")
    #expect((result.result.status == .exited(0)) == (told.isEmpty || name == "more.json"))
    #expect(told.isEmpty || result.result.errors.contains(told), "\(result.result.errors)")
    #expect(result.texts("organization_id") == taken.map { _ in "acme" })
  }

  @Test("A file without a header is refused; its first row is not taken for one")
  func needsHeader() throws {
    let brought = try Bringing(
      "a@x.example,A,acme\nb@x.example,B,acme\n", as: "a.csv",
      ["--ignore-unknown", "--set", "org_id=acme"])
    #expect(brought.result.errors.contains("a.csv:1: no column of an account is among a@x.example"))
    let path = try Bringing("email,name\n", as: "a.csv", ["--at", "/users"])
    #expect(path.result.errors.contains("a.csv is not JSON"))
  }

  @Test("An update does not merge two people with one email, but merges two rows for one person")
  func keepsTwoPeopleApart() throws {
    let head = "email,name,org_id,job_title\n"
    let brought = try Bringing(
      head + "a@x.example,A,acme,\na@x.example,B,acme,\na@x.example,,,Chief\n", as: "a.csv",
      ["--if-exists", "update"])
    #expect(brought.summary == #"{"imported":1,"skipped":0,"failed":1,"updated":1}"#)
    #expect(brought.texts("name") == ["A"] && brought.texts("job_title") == ["Chief"])
  }

  @Test("An update with --deleted deletes an account whose row says so; a second run skips it")
  func deletesLeavers() throws {
    let store = try StoreFolder()
    let people = try store.folder.write("a.csv", "email,name,org_id\na@x.example,A,acme\n")
    _ = try roster("import", people, "--store", store.store)
    let file = try store.folder.write(
      "gone.csv", "email,name,org_id,status\na@x.example,A,acme,deleted\n")
    func bring(_ options: String...) throws -> String {
      try roster(["import", file, "--store", store.store, "--if-exists", "update"] + options).text
    }
    let report = store.folder.file("report")
    #expect(try bring("--report", report).contains(#""deleted":1"#))
    #expect(try String(contentsOfFile: report, encoding: .utf8).contains("--if-exists update"))
    #expect(try bring("--deleted").contains(#""imported":0,"skipped":0,"failed":0,"updated":1"#))
    #expect(try bring("--deleted").contains(#""imported":0,"skipped":1,"failed":0"#))
    #expect(
      try Bringing.users(of: store, "--deleted").map { $0["status"] as? String } == ["deleted"])
    // The last owner is not deleted, nor is the account that has the email of a deleted one.
    let others = try store.folder.write(
      "others.csv",
      "id,email,name,org_id,status\n,ada@example.com,Ada,,deleted\n"
        + "\(Self.id),ada@example.com,Ada,acme,deleted\n")
    let result = try roster(
      "import", others, "--store", store.store, "--if-exists", "update", "--deleted")
    #expect(result.text == #"{"imported":1,"skipped":0,"failed":1}"# + "\n", "\(result.errors)")
    #expect(result.errors.contains("others.csv:2: This is the last active owner"))
  }

  @Test(
    "A cell that holds a JSON string is decoded only if an export would write it that way",
    arguments: [
      (#""x\u2028y""#, "x\u{2028}y"), (#""x\u2028\/y""#, #""x\u2028\/y""#),
      (#""xyzabcd""#, #""xyzabcd""#),
    ])
  func decodesItsOwn(cell: String, company: String) throws {
    let quoted = "\"" + cell.replacing("\"", with: "\"\"") + "\""
    let brought = try Bringing("email,name,org_id,company\na@x.example,A,acme,\(quoted)\n")
    #expect(brought.texts("company") == [company], "\(brought.result.errors)")
  }

  @Test(
    "An array index in a pointer is a decimal number without a sign or leading zeros",
    arguments: [("0", 7), ("1", nil), ("-1", nil), ("+0", nil), ("00", nil)])
  func pointers(step: String, value: Int?) throws {
    let text = #"{"email":"a@x.example","name":"A","org_id":"acme","n":[7]}"#
    let brought = try Bringing(text, as: "a.jsonl", ["--map", "metadata.n={/n/\(step)}"])
    #expect(brought.texts("email") == ["a@x.example"], "\(brought.result.errors)")
    #expect((brought.users.first?["metadata"] as? [String: Any])?["n"] as? Int == value)
  }

  @Test("A wrong encoding is reported before any row is committed")
  func encodings() throws {
    let text =
      "email,name,org_id\na@x.example,J".utf8.map { $0 } + [0xFC] + Array("rgen,acme\n".utf8)
      + Array("b@x.example,Jos".utf8) + [0xE9] + Array(",acme\n".utf8)
    let wrong = try Bringing(text, as: "a.csv", ["--encoding", "gb18030"])
    #expect(wrong.result.status == .exited(1) && wrong.users.isEmpty, "\(wrong.result.errors)")
    #expect(wrong.result.errors.contains("Nothing was imported"))
    let marked = try Bringing(
      [0xEF, 0xBB, 0xBF] + Array(Self.head.utf8), ["--encoding", "latin1"])
    #expect(marked.result.errors.contains("byte order mark of UTF-8"), "\(marked.result.errors)")
    let wide = try Bringing([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], ["--encoding", "UTF-16"])
    #expect(wide.result.errors.contains("--encoding UTF-32"), "\(wide.result.errors)")
  }

  @Test(
    "A status of active enables a disabled account, and invite_mode none prevents an invitation")
  func states() throws {
    let store = try StoreFolder()
    func bring(_ text: String, _ options: String...) throws -> CommandResult {
      let file = try store.folder.write("\(UUID().uuidString).csv", text)
      return try roster(["import", file, "--store", store.store] + options)
    }
    let head = "email,name,org_id,status\n"
    _ = try bring(head + "a@x.example,A,acme,disabled\n")
    let again = try bring(head + "a@x.example,A,acme,active\n", "--if-exists", "update")
    #expect(again.text.contains(#""updated":1"#), "\(again.errors)")
    #expect(try Bringing.users(of: store)[0]["status"] as? String == "active")
    _ = try bring(head + "a@x.example,A,acme,invited\n", "--if-exists", "update")
    #expect(try Bringing.users(of: store)[0]["status"] as? String == "active")
    let invited = try bring(
      "email,name,org_id,invite_mode,is_service_account\nb@x.example,B,acme,none,\n"
        + "c@x.example,C,acme,,\nrobot@x.example,D,acme,,true\n",
      "--invite", "--report", store.folder.file("report"))
    #expect(invited.status == .exited(0), "\(invited.errors)")
    #expect(
      try Bringing.users(of: store).map { $0["status"] as? String } == [
        "active", "active", "invited", "active",
      ])
  }
}
