import Contract
import Glibc
import JSON
import Users

enum RestoreCommand: Subcommand {
  static let description = CommandDescription(
    "Replace the contents of a store with a backup.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "BACKUP", .file, "a file made by roster backup, in this format or an older one"))
    ],
    paragraphs: [
      """
      Roster checks the backup before it touches the store. Running servers continue and see the \
      new contents, policy included, from their next request on. Sessions, invitations, password \
      resets and temporary passwords of the backup end, and so do API tokens that the store no \
      longer has. The event feed gets a new id, and subscribers are notified.
      """,
      """
      A store on a database server takes the backup of a file, too. Backups that the server's own \
      tools made are restored by them, and exports come back with roster import.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let path = try options.keptLocation(else: "a memory store can't be restored")
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
      if !store.isOnServer { Warning.ifOpenToAll(path, "store") }
      if !options.isAgreed {
        try ask("Replace everything in \(path) with the \(accounts) accounts of \(backup)?")
      }
    }
    Terminal.say(summary(path, outcome.accounts, outcome.accessEnded))
  }

  /// Continues only if a person at a terminal answers yes.
  private static func ask(_ question: Notice) throws {
    guard Terminal.canAsk else {
      throw UsageError("restore replaces everything in the store: confirm with --yes")
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
    out.field("restored")
    out.write(path)
    out.field("accounts")
    out.write(accounts)
    out.field("access_ended")
    out.write(accessEnded)
    out.append("}")
    return out.string
  }
}
