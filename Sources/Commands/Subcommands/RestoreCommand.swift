import Contract
import Glibc
import JSON
import Users

enum RestoreCommand: Subcommand {
  static let description = CommandDescription(
    "Put a backup in the place of what a store holds.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "BACKUP", .file, "a file that roster backup has made, of this format or an older one"))
    ],
    paragraphs: [
      """
      The backup is checked before the store is touched. Rosters that serve the store go on: \
      from one request to the next they see what the backup holds, its policy too. Sessions, \
      invitations, password resets and temporary passwords of the backup end, and so do API \
      tokens that the store does not have any more. The feed of changes is another one then, \
      and subscribers are told.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let path = try options.keptPlace(else: "a memory store can't be restored")
    try restore(try Launch.path(options.operands[0]), to: path, options, store)
  }

  private static func restore<Store: KeptStore>(
    _ backup: String, to path: String, _ options: Options, _ store: Store.Type
  ) throws {
    let outcome = try store.restore(backup, to: path, keepsTokens: options.keepsTokens) {
      all, left in
      if all > 0 { Terminal.showProgress("\((all - left) * 100 / all)% copied") }
    } whenReady: { accounts in
      Terminal.showProgress("")
      Warning.ifOpenToAll(path, "store")
      if !options.isAgreed {
        try ask("Replace all that \(path) holds with the \(accounts) accounts of \(backup)?")
      }
    }
    Terminal.say(summary(path, outcome.accounts, outcome.accessEnded))
  }

  /// Goes on only if somebody at a terminal says yes.
  private static func ask(_ question: Notice) throws {
    guard isatty(STDIN_FILENO) == 1, Terminal.isErrorForPeople else {
      throw UsageError("restore replaces all that the store holds: say --yes")
    }
    Terminal.ask(question + " [y/N] ")
    guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
      throw CommandError("nothing was changed", "Say y to restore.")
    }
  }

  private static func summary(_ path: String, _ accounts: Int, _ accessEnded: Int) -> String {
    if Terminal.isOutputForPeople {
      return "\(path) holds \(accounts) accounts now; "
        + "\(accessEnded) sessions, tokens and other secrets of the backup have ended"
    }
    var out = ByteBuffer()
    out.append("{")
    out.member("restored")
    out.write(path)
    out.member("accounts")
    out.write(accounts)
    out.member("access_ended")
    out.write(accessEnded)
    out.append("}")
    return out.string
  }
}
