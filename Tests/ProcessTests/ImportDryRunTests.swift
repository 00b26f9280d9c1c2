import Foundation
import TestSupport
import Testing

/// A dry run is the import itself, run on a copy of the store.
@Suite struct ImportDryRunTests {
  private static let chosen = [
    "email,name,org_id\nb@x.example,C,acme\nb@x.example,A,acme\n",
    "id,email,name,org_id\n\(id(1)),a@x.example,A,acme\n\(id(1)),b@x.example,B,acme\n",
    "email,name,org_id,username\n,X,acme,bee\na@x.example,A,acme,Bee\n,Y,acme,bee\n",
    "email,name,org_id,oauth_provider,oauth_id\na@x.example,A,o,g,1\nb@x.example,B,o,g,1\n",
    "email,name,is_active\nada@example.com,,false\nada@example.com,Bo,\n",
  ]

  private static func id(_ number: Int) -> String {
    "01990000-0000-7000-8000-00000000000\(number)"
  }

  /// A small file whose rows describe few people, with random values in every column.
  private static func file(_ random: inout SeededRandom) -> String {
    let columns: [[String]] = [
      ["", "a@x.example", "A@x.example", "b@x.example", "ada@example.com", "bad"],
      ["", "A", "B"], ["acme", "acme", ""], ["", "", "bee", "Bee", "a@x.example"],
      ["", "", "", id(1), id(2)], ["", "", "disabled", "deleted", "active"],
      ["", "", "update", "error", "skip"], ["", "", "google"], ["", "1", "2"],
      ["", "", "", "email_link", "temporary_password"], ["", "", "true"],
      ["", "", "", "2020-01-01"],
    ]
    let head =
      "email,name,org_id,username,id,status,if_exists,oauth_provider,oauth_id,invite_mode,"
      + "is_service_account,created_at\n"
    return (0..<Int.random(in: 1...6, using: &random)).reduce(head) { text, _ in
      text + columns.map { $0.randomElement(using: &random) ?? "" }.joined(separator: ",") + "\n"
    }
  }

  @Test("A dry run prints exactly what the import then prints, for any file")
  func tellsTheSame() throws {
    var random = SeededRandom(seed: 17)
    let template = try StoreFolder()
    let people = try template.folder.write(
      "old.csv", "id,email,name,org_id\n\(Self.id(2)),b@x.example,Old,acme\n")
    _ = try roster("import", people, "--store", template.store)
    for number in 0..<(Self.chosen.count + 100) {
      let text =
        number < Self.chosen.count ? Self.chosen[number] : Self.file(&random)
      let options = [
        [], ["--if-exists", "update"], ["--if-exists", "update", "--deleted"], ["--deleted"],
        ["--if-exists", "error"],
      ][number % 5]
      let file = try template.folder.write("people.csv", text)
      let copy = template.folder.file("copy.db")
      for end in ["", "-wal", "-shm", "-lock"] {
        try? FileManager.default.removeItem(atPath: copy + end)
      }
      #expect(try roster("backup", copy, "--store", template.store).status == .exited(0))
      let before = try roster("export", "--deleted", "--store", "file:" + copy).text
      func run(_ more: [String]) throws -> CommandResult {
        try roster(["import", file, "--store", "file:" + copy] + options + more)
      }
      let dry = try run(["--dry-run"])
      #expect(try roster("export", "--deleted", "--store", "file:" + copy).text == before)
      let wet = try run([])
      #expect(dry.text.replacing(#","dry_run":true"#, with: "") == wet.text, "\(text)\(options)")
      #expect(dry.errors == wet.errors, "\(text)\(options)")
    }
    #expect(try !template.folder.names().contains { $0.hasPrefix(".roster") })
  }
}
