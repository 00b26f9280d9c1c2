import Foundation
import TestSupport
import Testing

/// An import detects the format of a file from its bytes, whatever the file's name.
@Suite struct ImportFormatTests {
  private static let rows = [("bo@example.com", "Bo Müller"), ("cy@example.com", "Cy 山田")]
  private static let csv =
    "email,name,org_id\n" + rows.map { "\($0.0),\($0.1),acme\n" }.joined()
  private static let objects = rows.map {
    #"{"email":"\#($0.0)","name":"\#($0.1)","org_id":"acme"}"#
  }
  private static let list = "[" + objects.joined(separator: ",\n  ") + "]"

  struct Case: CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var options: [String] = []
    var testDescription: String { ([name] + options).joined(separator: " ") }

    init(_ name: String, _ text: String, _ options: String...) {
      (self.name, bytes, self.options) = (name, Array(text.utf8), options)
    }

    init(_ name: String, _ text: String, in encoding: String.Encoding, mark: [UInt8] = []) {
      self.name = name
      bytes = mark + Array(text.data(using: encoding) ?? Data())
    }
  }

  private static let taken = [
    Case("plain.csv", csv), Case("PEOPLE.CSV", csv), Case("mark.csv", "\u{FEFF}" + csv),
    Case("semicolons.csv", csv.replacing(",", with: ";")),
    Case("blank.csv", "\n\r\n" + csv.replacing(",", with: ";")),
    Case("tabs.tsv", csv.replacing(",", with: "\t")),
    Case("said.csv", "sep=;\r\n" + csv.replacing(",", with: ";")),
    Case("said.tab", "sep=\t\n" + csv.replacing(",", with: "\t")),
    Case("bars.csv", csv.replacing(",", with: "|"), "--delimiter", "|"),
    Case("mac.csv", csv.replacing("\n", with: "\r")),
    Case("windows.csv", csv.replacing("\n", with: "\r\n")),
    Case("quoted", csv.replacing("Cy 山田", with: #""Cy 山田""#).replacing("name", with: #""name""#)),
    Case("excel.txt", csv, in: .utf16LittleEndian, mark: [0xFF, 0xFE]),
    Case("big.csv", csv, in: .utf16BigEndian, mark: [0xFE, 0xFF]),
    Case(
      "lines.jsonl", objects.joined(separator: "\n"), in: .utf16LittleEndian, mark: [0xFF, 0xFE]),
    Case("lines.txt", objects.joined(separator: "\n")),
    Case("mark.jsonl", "\u{FEFF}" + objects.joined(separator: "\n")),
    Case("list.json", list), Case("list.txt", "\n " + list + "\n"),
    Case("users.json", #"{"users":\#(list),"has_more":false}"#),
    Case("pages.json", #"{"users":[\#(objects[0])]}"# + "\n" + #"{"users":[\#(objects[1])]}"#),
    Case("scim.json", "{\n \"totalResults\": 2,\n \"Resources\": \(list)\n}"),
    Case("cognito.json", "{\n \"Users\": \(list)\n}"),
    Case("realm.json", #"{"realm":"x","roles":{"realm":[{"name":"r"}]},"users":\#(list)}"#),
    Case("reply.json", #"{"id":1,"result":{"users":\#(list)}}"#, "--at", "/result/users"),
    Case("graph.json", #"{"a/b":{"value":\#(list)}}"#, "--at", "/a~1b/value"),
    Case("deep.json", #"[[1],{"x":\#(list)}]"#, "--at", "/1/x"),
    Case("list.csv", list, "--format", "json"),
  ]

  @Test("The content of a file decides its format, delimiter and encoding", arguments: taken)
  func takes(_ file: Case) throws {
    let brought = try Bringing(file.bytes, as: file.name, file.options)
    #expect(brought.result.status == .exited(0), "\(brought.result.errors)")
    #expect(brought.summary == #"{"imported":2,"skipped":0,"failed":0}"#)
    #expect(brought.texts("email") == Self.rows.map(\.0))
    #expect(brought.texts("name") == Self.rows.map(\.1))
  }

  @Test("The content of a pipe decides its format too", arguments: ["-", "/dev/stdin"])
  func takesPipes(_ name: String) throws {
    for text in [Self.csv, Self.csv.replacing(",", with: ";"), Self.list, Self.objects[0]] {
      let store = try StoreFolder()
      let result = try roster("import", name, "--store", store.store, input: Array(text.utf8))
      #expect(result.status == .exited(0), "\(result.errors)")
      #expect(!result.text.contains(#""imported":0"#))
    }
  }

  /// Files that are refused as a whole, with a part of the error for each.
  private static let refused: [(name: String, bytes: [UInt8], told: String)] = [
    ("a.csv.gz", [0x1F, 0x8B, 8, 0], "gzip -dc"), ("a.zip", Array("PK\u{3}\u{4}x".utf8), "a zip"),
    ("a.xlsx", Array("PK\u{3}\u{4}….[Content_Types].xml".utf8), "CSV UTF-8"),
    ("a.xls", [0xD0, 0xCF, 0x11, 0xE0, 0xA1], "Excel"), ("a.bz2", Array("BZh9".utf8), "bzip2 -dc"),
    ("a.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz -dc"), ("a.pdf", Array("%PDF-1".utf8), "PDF"),
    ("a.ldif", Array("# x\n\ndn: uid=bo,dc=example\nmail: bo@example.com\n".utf8), "LDIF"),
    ("b.ldif", Array("version: 1\ndn: uid=bo\n".utf8), "LDIF"),
    ("a.vcf", Array("BEGIN:VCARD\nVERSION:4.0\n".utf8), "vCard"),
    ("a.html", Array("<!DOCTYPE html>\n".utf8), "web page"),
    ("a.db", Array("SQLite format 3\0".utf8), "SQLite"),
    ("a.bin", [0x61, 0, 0, 0, 0x61], "not text"),
    ("a.csv", Array("email,name\n".data(using: .utf16LittleEndian) ?? Data()), "UTF-16LE"),
    ("u32.csv", Array("email,name\n".data(using: .utf32LittleEndian) ?? Data()), "UTF-32LE"),
    ("mark.csv", [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], "--encoding UTF-32,"),
    ("odd.csv", [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x61], "odd.csv:2: the text is not UTF-16"),
    ("pair.csv", [0xFE, 0xFF, 0, 0x61, 0xD8, 0, 0, 0x61], "pair.csv:1: the text is not UTF-16"),
    (
      "value.json", Array(#"{"value":[{"email":"bo@example.com"}],"x":{"y":[{"z":1}]}}"#.utf8),
      "--at /value, --at /x/y"
    ),
    ("one.json", Array("{\n \"a\": 1\n}".utf8), "name its list with --at /path"),
  ]

  @Test("An unreadable file is refused with a remedy, and nothing is imported", arguments: refused)
  func refuses(_ name: String, _ bytes: [UInt8], _ told: String) throws {
    let brought = try Bringing(bytes, as: name)
    #expect(brought.result.status == .exited(1))
    #expect(brought.result.output.isEmpty)
    #expect(brought.result.errors.contains(told), "\(brought.result.errors)")
    #expect(brought.result.errors.split(separator: "\n").count == 2, "\(brought.result.errors)")
    #expect(brought.users.isEmpty)
  }

  /// A text in an old encoding: its bytes, the location of the first that is not UTF-8, and the
  /// encoding.
  private static let encoded: [(bytes: [UInt8], line: Int, byte: Int, encoding: String)] = [
    (
      Array("email,name,org_id\nbo@example.com,Bo M".utf8) + [0xFC] + Array("ller,acme\n".utf8)
        + Array("cy@example.com,Cy,acme\n".utf8), 2, 20, "windows-1252"
    ),
    (
      Array("email,name,org_id\ncy@example.com,Cy,acme\nbo@example.com,".utf8)
        + [0x8E, 0x52, 0x93, 0x63] + Array(",acme\n".utf8), 3, 16, "shift_jis"
    ),
  ]

  @Test(
    "Text that is not UTF-8 is refused with line and byte, and read with --encoding",
    arguments: encoded)
  func translates(_ bytes: [UInt8], _ line: Int, _ byte: Int, _ encoding: String) throws {
    let refused = try Bringing(bytes)
    #expect(refused.result.status == .exited(1))
    let place = "people.csv:\(line): byte \(byte) of the line"
    #expect(refused.result.errors.contains(place), "\(refused.result.errors)")
    #expect(refused.result.errors.contains("--encoding windows-1252"))
    #expect(refused.users.isEmpty)
    let taken = try Bringing(bytes, as: "people.csv", ["--encoding", encoding])
    #expect(taken.summary == #"{"imported":2,"skipped":0,"failed":0}"#, "\(taken.result.errors)")
    #expect(["Bo Müller", "山田"].contains(taken.texts("name").first ?? ""))
    let wrong = try Bringing(bytes, as: "people.csv", ["--encoding", "no-such-encoding"])
    #expect(wrong.result.status == .exited(1))
    #expect(wrong.result.errors.contains("no-such-encoding"))
    #expect(wrong.users.isEmpty)
  }

  @Test("Without iconv in PATH, the error holds the command to convert the file")
  func needsIconv() throws {
    let store = try StoreFolder()
    let file = try store.folder.write("old.csv", Self.csv)
    let result = try roster(
      "import", file, "--encoding", "windows-1252", "--store", store.store,
      environment: ["PATH": store.folder.path])
    #expect(result.status == .exited(1))
    #expect(
      result.errors.contains("iconv -f windows-1252 -t UTF-8 \(file) > utf8.txt"),
      "\(result.errors)")
  }

  @Test(
    "An encoding with a suffix that drops characters, or that is an option, is refused",
    arguments: ["windows-1252//IGNORE", "-l", "", "a b"])
  func refusesEncodings(_ name: String) throws {
    let result = try roster("import", "/dev/null", "--encoding=\(name)", "--store", "file:x.db")
    #expect(result.status == .exited(2))
  }

  @Test("A line that is too long is a failed row, and the others are imported")
  func passesLongLines() throws {
    let long = #"{"email":"x@example.com","name":"\#(String(repeating: "x", count: 5 << 20))"}"#
    let text = [Self.objects[0], long, Self.objects[1]].joined(separator: "\n")
    let brought = try Bringing(text, as: "people.jsonl")
    #expect(brought.summary == #"{"imported":2,"skipped":0,"failed":1}"#)
    #expect(brought.result.errors.contains("people.jsonl:2: the row is longer than 4194304 bytes"))
    let first = try Bringing(long + "\n" + Self.objects[1], as: "people.jsonl")
    #expect(first.summary == #"{"imported":1,"skipped":0,"failed":1}"#)
    let list = try Bringing("[" + text.replacing("\n", with: ",") + "]", as: "people.json")
    #expect(list.summary == #"{"imported":2,"skipped":0,"failed":1}"#)
    #expect(list.result.errors.contains("people.json: entry 2: the row is longer"))
  }

  @Test("Rows before an unclosed quote, or before the end of a cut array, are imported")
  func keepsWhatCameBefore() throws {
    let quote = try Bringing(Self.csv + "\"open\n" + Self.csv)
    #expect(quote.result.status == .exited(1))
    #expect(quote.summary == #"{"imported":2,"skipped":0,"failed":0}"#)
    #expect(quote.result.errors.contains("people.csv:4: the quote that opens here"))
    let list = try Bringing(String(Self.list.dropLast()) + ",{\"email\":", as: "people.json")
    #expect(list.result.status == .exited(1))
    #expect(list.summary == #"{"imported":2,"skipped":0,"failed":0}"#)
    #expect(list.result.errors.contains("people.json:2: is not valid JSON from here on"))
  }
}
