import Foundation
import TestSupport
import Testing

/// `roster config`: the snippet on standard output, and the advice on standard error.
/// Tests/InteropTests parses every snippet with its own language.
@Suite struct ConfigTests {
  private static let hosts = [
    "claude", "cursor", "vscode", "codex", "zed", "windsurf", "gemini", "cline", "opencode",
    "continue", "jetbrains", "neovim", "emacs",
  ]

  /// Names of folders, and the hosts that may replace them as variables.
  private static let replaced: [(path: String, hosts: Set<String>)] = [
    ("${HOME}", ["claude", "cursor", "vscode", "windsurf", "cline", "gemini"]),
    ("$HOME", ["gemini"]), ("{env:HOME}", ["opencode"]),
    (
      "${{ secrets.A }}", ["claude", "cursor", "vscode", "windsurf", "cline", "gemini", "continue"]
    ),
    ("a{b}%HOME%", []),
  ]

  /// The command in a snippet for a host that reads JSON.
  private static func command(_ snippet: String, _ key: String) throws -> [String] {
    let all = try JSONSerialization.jsonObject(with: Data(snippet.utf8)) as? NSDictionary
    let servers = all?[key] as? NSDictionary
    let roster = try #require(servers?["roster"] as? NSDictionary)
    let program = try #require(roster["command"] as? String)
    return [program] + (try #require(roster["args"] as? [String]))
  }

  @Test(
    "The command of a snippet starts a server that answers",
    arguments: ["claude", "cursor", "vscode"])
  func starts(_ host: String) throws {
    let store = try StoreFolder()
    let made = try roster("config", host, "--store", store.store, "--as", StoreFolder.owner)
    #expect(made.status == .exited(0))
    let key = host == "vscode" ? "servers" : "mcpServers"
    let words = try Self.command(made.text, key)
    #expect(words[0].hasPrefix("/"))
    let server = try RosterProcess(Array(words.dropFirst()), program: words[0])
    #expect(try server.call("users.count") == #""result":1"#)
  }

  @Test("A snippet holds the options as they were given")
  func keepsOptions() throws {
    let folder = try TemporaryFolder()
    let policy = try folder.write("policy.json", #"{"roles":{"watcher":{"grants":[]}}}"#)
    let made = try roster(
      "config", "--read-only", "cursor", "--deny=users.tokens", "--allow",
      "users.read,users.events",
      "--store", "file:/b.db", "--policy", policy, "--as", "bo@example.com", "--org", "acme",
      "--line-bytes-max", "2048", "--mail", "dir:" + folder.path, "--mail-from",
      "Bo <bo@b.example>",
      "--mail-link", "https://b.example/{action}?t={token}", "--tools", "users_get,users_list",
      "--deny", "users.invite")
    #expect(made.errors.contains("/b.db"), "\(made.errors)")
    #expect(
      try Self.command(made.text, "mcpServers").dropFirst() == [
        "serve", "--store", "file:/b.db", "--read-only", "--deny", "users.tokens", "--allow",
        "users.read,users.events", "--policy", policy, "--as", "bo@example.com", "--org", "acme",
        "--line-bytes-max", "2048", "--mail", "dir:" + folder.path, "--mail-from",
        "Bo <bo@b.example>", "--mail-link", "https://b.example/{action}?t={token}", "--tools",
        "users_get,users_list", "--deny", "users.invite",
      ])
  }

  @Test("A snippet holds the full path of the default store")
  func writesTheDefault() throws {
    for (name, end) in [("XDG_DATA_HOME", ""), ("HOME", "/.local/share")] {
      let made = try roster("config", "vscode", "--as", "a@b", environment: [name: "/some where"])
      #expect(
        try Self.command(made.text, "servers").dropFirst() == [
          "serve", "--store", "file:/some where\(end)/roster/users.db", "--as", "a@b",
        ])
    }
  }

  @Test("A snippet holds no token; the advice names --token-file", arguments: hosts)
  func keepsSecrets(_ host: String) throws {
    let folder = try TemporaryFolder()
    let token = "roster_secret_that_nobody_may_see"
    let file = try folder.write("token", token)
    let memory = ["--store", "memory"]
    let bare = try roster(["config", host] + memory, environment: ["ROSTER_TOKEN": token])
    let named = try roster(["config", host, "--token-file", file] + memory)
    for made in [bare, named] {
      #expect(made.status == .exited(0))
      #expect(!(made.text + made.errors).contains(token))
    }
    #expect(bare.errors.contains("ROSTER_TOKEN") && bare.errors.contains("--token-file"))
    #expect(named.text.contains(file))
    #expect(!named.errors.contains("ROSTER_TOKEN"))
  }

  @Test(
    "The advice names the file of the snippet, and every problem of the options", arguments: hosts)
  func tellsWhatIsAmiss(_ host: String) throws {
    let store = try StoreFolder()
    let well = try roster("config", host, "--store", store.store, "--as", StoreFolder.owner)
    #expect(!well.errors.contains("open methods") && !well.errors.contains("does not exist yet"))
    #expect(well.errors.firstMatch(of: /\.json|\.toml|\.yaml|\.lua|init file/) != nil)
    let amiss = try roster("config", host, "--store", "file:/no/store")
    #expect(amiss.status == .exited(0))
    #expect(amiss.errors.contains("only the open methods"))
    #expect(amiss.errors.contains("roster init --owner EMAIL --store file:/no/store\n"))
    let lost = try roster("config", host, "--store", store.store, "--token-file", "/no/token")
    #expect(lost.errors.contains("/no/token"))
    #expect(!lost.errors.contains("open methods"))
    for (path, hosts) in Self.replaced {
      let odd = try roster("config", host, "--store", "file:/\(path)/users.db")
      #expect(odd.errors.contains("may replace") == hosts.contains(host), "\(path)")
    }
  }

  @Test("An unknown host is a usage error that lists the known hosts")
  func listsHosts() throws {
    for word in ["emcs", "Emacs", "vsc", ""] {
      let result = try roster("config", word, "--store", "memory")
      #expect(result.status == .exited(2))
      for host in Self.hosts { #expect(result.errors.contains(host)) }
      #expect(result.errors.contains("did you mean emacs?") == word.hasSuffix("cs"))
    }
  }

  @Test("The help of config does not list the options that it refuses")
  func helps() throws {
    let help = try roster("config", "--help").text
    #expect(!help.contains("--token-fd") && !help.contains("--stdio"))
    for option in ["--store", "--as", "--token-file", "--tools", "--mail-link", "--line-bytes-max"]
    {
      #expect(help.contains(option))
    }
  }

  @Test("config refuses the options that serve would refuse")
  func refusesWhatServeRefuses() throws {
    let folder = try TemporaryFolder()
    let policy = try folder.write("policy.json", "{}}")
    for (words, status, part) in [
      (["--token-fd", "3"], 2, "--token-file"),
      (["--as", "a@b", "--token-file", "/t"], 2, "only one is allowed"),
      (["--stdio"], 2, "--stdio"),
      (["--mail", "pigeon"], 2, "pigeon"), (["--mail", "dir:/no/folder"], 2, "/no/folder"),
      (["--policy", "/no/policy"], 1, "/no/policy"), (["--policy", policy], 1, "JSON"),
    ] as [([String], Int32, String)] {
      let result = try roster(["config", "claude", "--store", "memory"] + words)
      #expect(result.status == .exited(status))
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(part), "\(result.errors)")
    }
  }
}
