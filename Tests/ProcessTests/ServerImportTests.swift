import Foundation
import TestSupport
import Testing

/// Imports into a store on a server, whose rows are looked up together.
@Suite struct ServerImportTests {
  /// Rows that meet accounts of earlier files and of this one by their ids, emails and usernames.
  private struct Rows {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private mutating func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    private mutating func chance(_ percent: Int) -> Bool { number(100) < percent }

    private func id(_ n: Int) -> String {
      "01912f4c-7d1c-7\(String(format: "%03x", n))-bdef-0123456789ab"
    }

    mutating func make(_ n: Int) -> String {
      if chance(3) { return #"{"email":"not an email","name":"N"}"# }
      var fields = [#""name":"Row \#(n)","org_id":"acme""#]
      // Only some rows say what becomes of an account that is there.
      if chance(30) {
        let choice = ["skip", "update", "error"][number(3)]
        fields.append(#""if_exists":"\#(choice)""#)
      }
      // A column of another spelling is found when the row as it stands is refused.
      let column = chance(10) ? "EMAIL" : "email"
      fields.append(chance(90) ? #""\#(column)":"\#(name())""# : #""is_service_account":true"#)
      if chance(40) {
        let choice = ["user\(number(60))", id(number(200))][number(2)]
        fields.append(#""username":"\#(choice)""#)
      }
      if chance(30) { fields.append(#""id":"\#(id(number(200)))""#) }
      if chance(10) { fields.append(#""oauth_provider":"p","oauth_id":"\#(number(40))""#) }
      if chance(50) { fields.append(#""metadata":{"n":\#(n),"text":"é \#(name())"}"#) }
      if chance(20) { fields.append(#""auto_groups":["g\#(n)"],"roles":["member","r\#(n)"]"#) }
      if chance(10) { fields.append(#""status":"deleted""#) }
      if chance(2) { fields.append(#""company":"a \ud800 b""#) }
      if chance(2) { fields.append(#""last_login":"yesterday""#) }
      return "{\(fields.joined(separator: ","))}"
    }

    private mutating func name() -> String {
      let name = "p\(number(400))@x.example"
      return chance(10) ? name.uppercased() : name
    }
  }

  @Test("Rows on a server have the outcome that they have in a file", arguments: [1, 2, 3, 4])
  func outcomes(seed: UInt64) throws {
    let folder = try StoreFolder()
    let server = try TestServer.newStore()
    let made = try roster("init", "--store", server, "--owner", StoreFolder.owner)
    #expect(made.status == .exited(0), "\(made.errors)")
    var rows = Rows(seed: seed)
    var imported = 0
    for turn in 0..<3 {
      let text = (0..<600).map { rows.make(turn * 600 + $0) }.joined(separator: "\n")
      let file = try folder.folder.write("rows.jsonl", text)
      let outcomes = try [folder.store, server].map { store in
        let report = folder.folder.file("report.csv")
        try? FileManager.default.removeItem(atPath: report)
        let result = try roster("import", file, "--store", store, "--report", report)
        let told = try? String(contentsOfFile: report, encoding: .utf8)
        return [result.text, result.errors, told ?? "no report"]
      }
      for part in 0..<3 {
        let lines = outcomes.map { $0[part].split(separator: "\n") }
        #expect(lines[0] == lines[1])
      }
      imported += outcomes[0][0].contains(#""imported":0"#) ? 0 : 1
    }
    #expect(imported == 3)
    #expect(try accounts(folder.store) == accounts(server))
  }

  /// The accounts of an export, without what is made anew for each store.
  private func accounts(_ store: String) throws -> [String] {
    let exported = try roster("export", "--store", store)
    #expect(exported.status == .exited(0), "\(exported.errors)")
    let own = ["created_at", "updated_at", "deleted_at"]
    return try exported.lines.map { line in
      var fields = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for name in own { fields[name] = nil }
      let id = try #require(fields["id"] as? String)
      if fields["username"] as? String == id { fields["username"] = nil }
      if !id.hasPrefix("01912f4c-7d1c") { fields["id"] = nil }
      let data = try JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)
      return String(decoding: data, as: UTF8.self)
    }.sorted()
  }
}
