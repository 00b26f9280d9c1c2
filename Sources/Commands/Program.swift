import CLaunch
import Contract
import Glibc
import Mail
import Server
import Users

/// The command line from the first word to the exit status.
public enum Program {
  /// Does what the process was started for, with `store` as the kind of store that is kept.
  ///
  /// The executable's module makes code of this for its very store: what is generic on the way to the
  /// server must call no C, else the compiler does not hand it over, and all of the server is slower.
  public static func run<Store: KeptStore>(_ store: Store.Type) -> Never {
    do {
      if let options = try begin() { try options.command.run(options, store) }
    } catch {
      fail(error)
    }
    end()
  }

  /// What is to be done; nil if it has been.
  private static func begin() throws -> Options? {
    Lifeline.hideMemory()
    Lifeline.resetSignals()
    roster_end_launch()
    // Whatever the command is: what it starts, and whoever looks at its environment, finds none.
    let inheritedToken = TokenSource.takeFromEnvironment()
    Channel.fillStandardDescriptors()
    let words = try Launch.words()
    guard let word = words.first else { throw UsageError("say what to do") }
    if Option.showingVersion.names.contains(word) {
      Terminal.say("roster \(rosterVersion)")
      return nil
    }
    if Option.showingHelp.names.contains(word) {
      Terminal.say(Help.overview)
      return nil
    }
    let command = try Command.named(word)
    var options = try Options(Array(words.dropFirst()), of: command)
    if options.isHelp {
      Terminal.say(Help.text(of: command))
      return nil
    }
    try options.checkUse()
    options.inheritedToken = inheritedToken
    return options
  }

  private static func end() -> Never { exit(0) }

  /// Where help is for the command that was meant, if it is one.
  private static var help: Notice {
    do {
      let command = try Launch.words().first.flatMap { Command(rawValue: $0) }
      if let command { return "Try: roster \(command.rawValue) --help" }
    } catch {}
    return "Try: roster --help"
  }

  private static func fail(_ error: any Error) -> Never {
    switch error {
    case let error as UsageError: fail(error.message, help, status: 2)
    case let error as CommandError: fail(error.message, error.hint, status: 1)
    case let error as StoreFileError: fail(error.problem, error.remedy, status: 1)
    case let error as MailError: fail(error.problem, error.remedy, status: 2)
    case let error as StoreError:
      fail("\(error.failure.message)", "\(error.failure.hint.text)", status: 1)
    default: fail("something went wrong: \(error)", "", status: 1)
    }
  }

  private static func fail(_ message: Notice, _ hint: Notice, status: Int32) -> Never {
    Terminal.complain("roster: \(message)\n\(hint)")
    exit(status)
  }
}
