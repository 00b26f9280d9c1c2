import Foundation
import TestSupport
import Testing

/// Files that can be read in more than one way: nobody is lost without a word.
@Suite struct ImportDoubtTests {
  private static let head = "email,name,org_id,metadata.bio\n"
  private static let a = #"{"email":"a@x.example","name":"A","org_id":"acme"}"#
  private static let b = #"{"email":"b@x.example","name":"B","org_id":"acme"}"#

  /// A text, who is taken of it, and what is said.
  private static let texts: [(name: String, text: String, taken: [String], told: String)] = [
    (
      "stray.csv",
      head
        + "a@x.example,A,acme,\"oops\nb@x.example,B,acme,x\nc@x.example,C,acme,the \"fine\" one\n"
        + "d@x.example,D,acme,x\n", ["d@x.example"],
      "stray.csv:2: text stands behind the quote that closes the one of line 2"
    ),
    (
      "escaped.csv", head + #"a@x.example,"A \"x\" B",acme,"# + "\nb@x.example,B,acme,\n",
      ["b@x.example"], "text stands behind the quote"
    ),
    (
      "spaces.csv", "\"email\", \"name\", \"org_id\"\n\"a@x.example\", \"A\" , \"acme\"\n",
      ["a@x.example"], ""
    ),
    (
      "page.json", "[\(a)]\n{\"errorCode\":\"E1\"}\n[\(b)]", ["a@x.example"],
      "page.json:2: the document"
    ),
    ("first.json", "{\n\"ok\":false}\n{\"users\":[\(a)]}", [], "has no list where the others"),
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
  ]

  @Test("Who is not taken is told", arguments: texts)
  func tells(_ name: String, _ text: String, _ taken: [String], _ told: String) throws {
    let brought = try Bringing(text, as: name, ["--map", "metadata.foo={foo}", "--ignore-unknown"])
    let plain = try Bringing(text, as: name)
    let result = name == "twice.csv" ? brought : plain
    #expect(result.texts("email") == taken, "\(result.result.errors)")
    #expect((result.result.status == .exited(0)) == told.isEmpty)
    #expect(told.isEmpty || result.result.errors.contains(told), "\(result.result.errors)")
    #expect(result.texts("organization_id") == taken.map { _ in "acme" })
  }

  @Test(
    "A pointer names an entry by its place alone",
    arguments: [("0", 7), ("1", nil), ("-1", nil), ("+0", nil), ("00", nil)])
  func pointers(step: String, value: Int?) throws {
    let text = #"{"email":"a@x.example","name":"A","org_id":"acme","n":[7]}"#
    let brought = try Bringing(text, as: "a.jsonl", ["--map", "metadata.n={/n/\(step)}"])
    #expect(brought.texts("email") == ["a@x.example"], "\(brought.result.errors)")
    #expect((brought.users.first?["metadata"] as? [String: Any])?["n"] as? Int == value)
  }

  @Test("A wrong encoding is told before anything is kept")
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
  }

  @Test("Who is active again is enabled, and who is not to be invited is not")
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
    let invited = try bring(
      "email,name,org_id,invite_mode\nb@x.example,B,acme,none\nc@x.example,C,acme,\n", "--invite",
      "--report", store.folder.file("report"))
    #expect(invited.status == .exited(0), "\(invited.errors)")
    #expect(
      try Bringing.users(of: store).map { $0["status"] as? String } == [
        "active", "active", "invited",
      ])
  }
}
