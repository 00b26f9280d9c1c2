import CLaunch
import Contract
import Glibc
import Mail
import Server
import Users

/// The command line from the first word to the exit status.
public enum Program {
  /// Does what the process was started for, with `store` as the kind of store that is kept.
  public static func run<Store: KeptStore>(_ store: Store.Type) -> Never {
    Lifeline.hideMemory()
    Lifeline.resetSignals()
    roster_end_launch()
    // Whatever the command is: what it starts, and whoever looks at its environment, finds none.
    let inheritedToken = TokenSource.takeFromEnvironment()
    Channel.fillStandardDescriptors()
    do {
      try start(Launch.words(), inheritedToken, store)
    } catch let error as UsageError {
      fail(error.message, "Try: roster --help", status: 2)
    } catch let error as CommandError {
      fail(error.message, error.hint, status: 1)
    } catch let error as StoreFileError {
      fail(error.problem, error.remedy, status: 1)
    } catch let error as MailError {
      fail(error.problem, error.remedy, status: 2)
    } catch let error as StoreError {
      fail("\(error.failure.message)", "\(error.failure.hint)", status: 1)
    } catch {
      fail("something went wrong: \(error)", "", status: 1)
    }
    exit(0)
  }

  private static func start<Store: KeptStore>(
    _ words: [String], _ inheritedToken: String?, _ store: Store.Type
  ) throws {
    guard let word = words.first else { throw UsageError("say what to do") }
    switch word {
    case "--version", "-V": return Terminal.say("roster \(rosterVersion)")
    case "--help", "-h", "help": return Terminal.say(Help.overview)
    default: break
    }
    guard let command = Command(rawValue: word) else {
      throw UsageError("there is no command \(word)")
    }
    var options = try Options(
      Array(words.dropFirst()), allowed: command.type.description.options())
    if options.isHelp { return Terminal.say(Help.text(of: command)) }
    options.inheritedToken = inheritedToken
    try command.run(options, store)
  }

  private static func fail(_ message: Notice, _ hint: Notice, status: Int32) -> Never {
    Terminal.complain("roster: \(message)\n\(hint)")
    exit(status)
  }
}
