import Foundation
import Testing

/// The style rules of the project, as ordinary tests. Each exception is listed.
@Suite struct StyleTests {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The Swift files of a folder, with their texts.
  static func sources(_ folder: String = "Sources") -> [(path: String, text: String)] {
    let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    let paths = (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }
    // Without files, every rule would pass.
    #expect(paths.count > 10, "\(folder) has only \(paths.count) Swift files")
    return paths.sorted().map { path in
      let file = root.appending(path: folder).appending(path: path)
      return (path, (try? String(contentsOf: file, encoding: .utf8)) ?? "")
    }
  }

  private static let banned = [
    #"\btry!"#, #"\bas!"#, #"\btry\?"#, #"\bfatalError\("#, "@unchecked Sendable",
    #"nonisolated\(unsafe\)"#, #"\bCommandLine\."#,
    // A punctuation mark with an accent after it is another Character: see Contract/Syntax.swift.
    #"\.hasPrefix\("#, #"\.hasSuffix\("#, #"(?<!calars|utf8)\.split\(\s*separator: ""#,
    #"(?<!calars|utf8)\.(first|last)Index\(of: ""#, #"\.replacing\("#,
    #"(?<!calars|utf8|sed\(\))\.(prefix|drop|contains) ?\{ ?\$0 [!=]= ""#,
    #"(?<![.\w])print\("#, #"\bTODO\b"#,
    #"\bFIXME\b"#,
    // Release builds count references for one thread: see Package.swift.
    #"\bpthread_create\b"#, #"\bDispatchQueue\b"#, #"\bTask(\.detached)? ?\{"#,
    #"(?<!threading\.)\bThread\s*[\({.]"#,
    // The reader of a hint may know the method as a tool: see Contract/Words.swift.
    #"hint:\s*"[^"]*\b(users|rpc|server)\.[a-z]"#,
  ]

  @Test("The sources contain no banned text", arguments: banned)
  func bannedWords(pattern: String) throws {
    let expression = try NSRegularExpression(pattern: pattern)
    for (path, text) in Self.sources() {
      let range = NSRange(text.startIndex..., in: text)
      #expect(expression.firstMatch(in: text, range: range) == nil, "\(path) has \(pattern)")
    }
  }

  @Test("Files have at most 350 lines, and functions fewer than 70") func sizes() {
    for (path, text) in Self.sources() {
      let lines = text.components(separatedBy: "\n")
      #expect(lines.count <= 350, "\(path) has \(lines.count) lines")
      #expect(Self.longestFunction(lines) < 70, "\(path) has a function of 70 lines or more")
    }
  }

  /// The number of lines from the first of a function to its closing brace, found by indentation.
  private static func longestFunction(_ lines: [String]) -> Int {
    var longest = 0
    for (at, line) in lines.enumerated() where line.contains("func ") && line.hasSuffix("{") {
      let indent = line.prefix { $0 == " " }
      let end = lines[at...].firstIndex { $0 == indent + "}" } ?? at
      longest = max(longest, end - at + 1)
    }
    return longest
  }

  @Test("A type is declared in the file of its name, and a method's params in the method's file")
  func typesInFiles() throws {
    let declaration = try NSRegularExpression(
      pattern: #"^(?:public |indirect |final )*(?:struct|enum|class|protocol|actor) (\w+)"#,
      options: .anchorsMatchLines)
    for (path, text) in Self.sources() {
      let file = path.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? ""
      let home = String(file.prefix { $0 != "+" })
      for match in declaration.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        guard let range = Range(match.range(at: 1), in: text) else { continue }
        let name = String(text[range])
        #expect(name == home || name == home + "Params", "\(path) declares \(name)")
      }
    }
  }

  /// Modules that only some targets may import, and these targets.
  private static let owners = [
    "CPostgres": ["PostgresUserStore"], "CSQLite": ["SQLiteUserStore"], "CSodium": ["Secrets"],
    "CLinux": ["Commands", "Mail", "SQLiteUserStore", "Server", "Users"], "Foundation": [],
    "FoundationEssentials": [],
    "JSONRPC": ["Server"], "PostgresUserStore": ["roster-postgres"],
    "SQLiteUserStore": ["roster", "roster-postgres"],
    "UserMethods": ["Commands", "Server"],
  ]

  @Test("Only the owners of a module import it", arguments: owners.keys.sorted())
  func imports(module: String) {
    for (path, text) in Self.sources() {
      let imports = try? Regex("\\bimport (\\w+ )?\(module)\\b")
      guard let imports, text.firstMatch(of: imports) != nil else { continue }
      let target = path.split(separator: "/").first.map(String.init) ?? ""
      #expect(Self.owners[module]?.contains(target) == true, "\(path) imports \(module)")
    }
  }

  @Test("Package.swift has no package dependency") func noPackages() throws {
    let manifest = try String(
      contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    #expect(!manifest.contains(".package("))
  }

  @Test("The top level contains only the agreed names and dotfiles") func topLevel() throws {
    let agreed: Set = [
      "Package.swift", "Sources", "Tests", "schema", "examples", "README.md", "CONTRIBUTING.md",
      "CHANGELOG.md", "Package.resolved",
    ]
    let found = try FileManager.default.contentsOfDirectory(atPath: Self.root.path)
    #expect(found.filter { !$0.hasPrefix(".") && !agreed.contains($0) } == [])
  }
}
