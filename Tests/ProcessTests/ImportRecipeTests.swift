import Foundation
import TestSupport
import Testing

/// Runs the commands of `examples/import/README.md` as they are, on the files beside it.
@Suite struct ImportRecipeTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "examples/import")

  /// Each heading of the page with its command.
  private static let recipes: [(name: String, line: String)] = {
    let page = (try? String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)) ?? ""
    return page.components(separatedBy: "\n## ").dropFirst().compactMap { part in
      let name = part.prefix { $0 != "\n" }
      let line = part.components(separatedBy: "```sh\n").dropFirst().first?
        .components(separatedBy: "```").first
      return line.map { (String(name), $0) }
    }
  }()

  /// The number of people in each file, and the emails of those who are disabled or invited.
  private static let people: [String: (count: Int, disabled: [String], invited: [String])] = [
    "Google Workspace": (4, ["grace@acme.example"], []), "Entra": (4, ["bo@acme.example"], []),
    "Okta": (3, ["bo@acme.example"], ["nino@acme.example"]),
    "Keycloak": (3, ["bo@acme.example"], []), "Auth0": (3, ["cy@acme.example"], []),
    "Firebase": (3, ["bo@acme.example"], []), "Supabase": (3, ["bo@acme.example"], []),
    "Clerk": (3, [], []),
    "Cognito": (3, ["bo@acme.example"], []), "SCIM": (3, ["bo@acme.example"], []),
    "Slack": (3, ["bo@acme.example"], []), "WordPress": (3, [], []),
  ]

  @Test("The page has a recipe for each of the usual directories")
  func isComplete() throws {
    #expect(Set(Self.recipes.map(\.name)) == Set(Self.people.keys))
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    for file in files where file != "README.md" {
      #expect(Self.recipes.contains { $0.line.contains("roster import \(file) ") }, "\(file)")
    }
  }

  @Test("Each recipe imports every person of its file", arguments: recipes)
  func imports(_ name: String, _ line: String) throws {
    let expected = try #require(Self.people[name])
    let home = try TemporaryFolder()
    let data = home.path + "/roster"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
    let store = "file:\(data)/users.db"
    #expect(try roster("init", "--owner", "you@example.com", "--store", store).status == .exited(0))
    let script = "cd '\(Self.folder.path)'; roster() { '\(RosterBinary.path)' \"$@\"; }; \(line)"
    let shell = try RosterProcess(
      ["-ec", script], program: "/bin/sh",
      environment: ["XDG_DATA_HOME": home.path, "PATH": "/usr/bin:/bin"])
    let told = String(decoding: try shell.readToEnd(), as: UTF8.self)
    #expect(try shell.waitForExit() == .exited(0), "\(shell.errorText)")
    #expect(told == #"{"imported":\#(expected.count),"skipped":0,"failed":0}"# + "\n")
    let export = try roster("export", "--store", store).text
    let users = export.split(separator: "\n").map(String.init).filter {
      !$0.contains("you@example.com")
    }
    #expect(users.count == expected.count)
    #expect(Set(Self.emails(users, "disabled")) == Set(expected.disabled))
    #expect(Set(Self.emails(users, "invited")) == Set(expected.invited))
    // No password hash is in the store, and no account lacks a name or metadata.
    #expect(!export.contains("not.a.real") && !export.contains("not-a-real"))
    #expect(!users.contains { $0.contains(#""name":"""#) || $0.contains(#""metadata":{}"#) })
  }

  private static func emails(_ users: [String], _ status: String) -> [String] {
    users.filter { $0.contains(#""status":"\#(status)""#) }.compactMap { user in
      user.firstMatch(of: /"email":"([^"]*)"/).map { String($0.1) }
    }
  }
}
