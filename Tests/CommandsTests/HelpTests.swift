import TestSupport
import Testing

@testable import Commands

/// Help and the manual page agree with the declared commands and options.
@Suite struct HelpTests {
  @Test(
    "Short and long help list each declared option once", arguments: Command.allCases
  )
  func listsOptions(_ command: Command) throws {
    let declared = Option.listed(for: command).map(\.name).sorted()
    for words in [[command.rawValue, "--help"], ["help", command.rawValue]] {
      let help = try roster(words)
      #expect(help.status == .exited(0))
      let names = help.lines.compactMap { $0.prefixMatch(of: /[ ]{2}(?:-\w, )?(--[\w-]+)/)?.1 }
      #expect(names.map(String.init).sorted() == declared)
    }
  }

  @Test("Long help contains every declared detail", arguments: Command.allCases)
  func tellsDetails(_ command: Command) throws {
    let told = Self.words(try roster("help", command.rawValue).text)
    for option in Option.listed(for: command) {
      #expect(told.contains(Self.words(option.details())), "\(option.name)")
    }
    for paragraph in command.type.description.paragraphs {
      #expect(told.contains(Self.words(paragraph)))
    }
  }

  /// The text with a single space between words.
  private static func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test("Help fits a terminal of 80 columns", arguments: Command.allCases)
  func isNarrow(_ command: Command) throws {
    let texts = [[command.rawValue, "--help"], ["help", command.rawValue], ["help"]]
    for words in texts {
      for line in try roster(words).lines { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test(
    "Every declared option is parsed, and no name is declared twice", arguments: Command.allCases)
  func parses(_ command: Command) throws {
    let taken = Option.taken(by: command)
    let names = taken.flatMap(\.names)
    #expect(names.count == Set(names).count)
    for option in taken {
      for name in option.names {
        switch option.effect {
        case .flag:
          let result = try roster(command.rawValue, "\(name)=1")
          #expect(result.errors.contains("\(name) takes no value"))
        case .value:
          let result = try roster(command.rawValue, name)
          #expect(result.errors.contains("\(name) needs a value"))
        }
      }
    }
  }

  @Test("A misspelled command gets a suggestion")
  func suggestsCommands() throws {
    #expect(try roster("serv").errors.contains("did you mean serve?"))
    #expect(try roster("help", "polcy").errors.contains("did you mean policy?"))
  }

  @Test("help without a command prints the same as --help")
  func listsCommands() throws {
    #expect(try roster("help").text == roster("--help").text)
  }

  // MARK: The manual page

  @Test("The manual page names every command and every option")
  func manNamesAll() throws {
    let page = try roster("man").text.replacing("\\-", with: "-")
    for command in Command.allCases {
      #expect(page.contains("\n.SS \(command.rawValue)\n"))
      for use in command.uses(columnsMax: 72) {
        #expect(page.contains("\n" + use.replacing("…", with: "...") + "\n"))
      }
    }
    for option in Option.all where option.isListed {
      let text = option.help.replacing("…", with: "...").replacing("'", with: "\\(aq")
      #expect(page.contains("\\fB\(option.allNames)\\fR"), "\(option.name)")
      #expect(page.contains(text.dropFirst()), "\(option.name)")
    }
  }

  @Test("man shows the page without a warning")
  func manIsClean() throws {
    let folder = try TemporaryFolder()
    let page = try folder.write("roster.1", try roster("man").text)
    let man = try RosterProcess(
      ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", page], program: "/usr/bin/man",
      environment: ["MANWIDTH": "80", "PATH": "/usr/bin:/bin"])
    let shown = String(decoding: try man.readToEnd(), as: UTF8.self)
    #expect(try man.waitForExit() == .exited(0))
    #expect(man.errorText == "")
    #expect(shown.contains("roster restore BACKUP [--store ADDRESS] [--yes] [--keep-tokens]"))
  }
}
