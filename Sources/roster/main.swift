import CLaunch
import Contract
import Glibc
import Mail
import SQLiteUserStore
import Server
import UserMethods
import Users

func start(_ arguments: [String]) throws {
  guard let word = arguments.first else { throw UsageError("say what to do") }
  switch word {
  case "--version", "-V": return Terminal.say("roster \(rosterVersion)")
  case "--help", "-h", "help": return Terminal.say(Help.overview)
  default: break
  }
  guard let command = Command.all.first(where: { $0.name == word }) else {
    throw UsageError("there is no command \(word)")
  }
  var options = try Options(Array(arguments.dropFirst()), allowed: command.options())
  if options.isHelp { return Terminal.say(Help.text(of: command)) }
  options.inheritedToken = inheritedToken
  try command.run(options)
}

func fail(_ message: Notice, _ hint: Notice, status: Int32) -> Never {
  Terminal.complain("roster: \(message)\n\(hint)")
  exit(status)
}

Lifeline.hideMemory()
Lifeline.resetSignals()
roster_end_launch()
// Whatever the command is: what it starts, and whoever looks at its environment, finds none.
let inheritedToken = TokenSource.takeFromEnvironment()
Channel.fillStandardDescriptors()
do {
  try start(Launch.words())
} catch let error as UsageError {
  fail(error.message, "Try: roster --help", status: 2)
} catch let error as CommandError {
  fail(error.message, error.hint, status: 1)
} catch let error as StoreFileError {
  fail(error.problem, error.remedy, status: 1)
} catch let error as MailError {
  fail(error.problem, error.remedy, status: 2)
} catch let error as StoreError {
  fail("\(error.failure.message)", "\(error.failure.hint.text)", status: 1)
} catch {
  fail("something went wrong: \(error)", "", status: 1)
}
