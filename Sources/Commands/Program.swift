import CLaunch
import Contract
import Glibc
import Mail
import Server
import Users

/// Runs the command line, from the first argument to the exit status.
public enum Program {
  /// Runs the command that the process was started with. `store` is the kind of persistent store.
  ///
  /// The module of the executable specializes this code for its kind of store. Generic code on the
  /// path to the server must call no C: otherwise the compiler does not export it for
  /// specialization, and the whole server is slower.
  public static func run<Store: KeptStore>(_ store: Store.Type) -> Never {
    do {
      if let options = try begin(keepsOnServer: store.isOnServer) {
        try options.command.run(options, store)
      }
    } catch {
      fail(error)
    }
    end()
  }

  /// The options of the command to run; nil if the work is already done.
  private static func begin(keepsOnServer: Bool) throws -> Options? {
    ShutdownSignal.hideMemory()
    ShutdownSignal.resetSignals()
    roster_end_launch()
    let words = try Launch.words()
    try Handover.run(words, keepsOnServer: keepsOnServer)
    // Every command removes the token from the environment, where child processes and other readers
    // could find it.
    let inheritedToken = TokenSource.takeFromEnvironment()
    Channel.fillStandardDescriptors()
    guard let word = words.first else { throw UsageError("Choose a command.") }
    if Option.showingVersion.names.contains(word) {
      Terminal.say("roster \(rosterVersion)")
      return nil
    }
    if Option.showingHelp.names.contains(word) {
      Terminal.say(Help.overview)
      return nil
    }
    let command = try Command.required(word)
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

  /// Where to find help: for the given command, if it is valid.
  private static var help: Notice {
    do {
      let command = try Launch.words().first.flatMap(Command.named)
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
    default: fail("an error occurred: \(error)", "", status: 1)
    }
  }

  private static func fail(_ message: Notice, _ hint: Notice, status: Int32) -> Never {
    Terminal.complain("roster: \(message)\n\(hint)")
    exit(status)
  }
}
