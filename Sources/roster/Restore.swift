import Contract
import Glibc
import JSON
import SQLiteUserStore
import UserMethods
import Users

let restoreCommand = Command(
  name: "restore", summary: "Put a backup in the place of what a store holds.",
  usage: """
    usage: roster restore BACKUP [--store file:PATH] [--yes] [--keep-tokens]

      BACKUP              a file that roster backup has made, of this format or an older one
      --store file:PATH   the store's file ($XDG_DATA_HOME/roster/users.db)
      --yes               do not ask
      --keep-tokens       keep all API tokens of the backup, also those revoked since

    The backup is checked before the store is touched. Rosters that serve the store go on: from one
    request to the next they see what the backup holds, its policy too. Sessions, invitations, password
    resets and temporary passwords of the backup end, and so do API tokens that the store does not have
    any more. The feed of changes is another one then, and subscribers are told.
    """,
  options: ["--store", "--yes", "--keep-tokens"]
) { options in
  guard let backup = options.words.first, !backup.isEmpty, options.words.count == 1 else {
    throw UsageError("restore needs one BACKUP")
  }
  guard case .file(let path) = try options.chosenStore() else {
    throw UsageError("a memory store can't be restored")
  }
  try restore(try Launch.path(backup), to: path, options)
}

private func restore(_ backup: String, to path: String, _ options: Options) throws {
  let restoration = try Restoration(of: backup, to: path) { all, left in
    if all > 0 { Terminal.showProgress("\((all - left) * 100 / all)% copied") }
  }
  Terminal.showProgress("")
  Warning.ifOpenToAll(path, "store")
  if !options.isAgreed {
    try ask(
      "Replace all that \(path) holds with the \(restoration.accounts) accounts of \(backup)?")
  }
  let outcome = try restoration.run(keepsTokens: options.keepsTokens)
  Terminal.say(summary(path, outcome))
}

/// Goes on only if somebody at a terminal says yes.
private func ask(_ question: Notice) throws {
  guard isatty(STDIN_FILENO) == 1, Terminal.isErrorForPeople else {
    throw UsageError("restore replaces all that the store holds: say --yes")
  }
  Terminal.ask(question + " [y/N] ")
  guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
    throw CommandError("nothing was changed", "Say y to restore.")
  }
}

private func summary(_ path: String, _ outcome: Restoration.Outcome) -> String {
  if Terminal.isOutputForPeople {
    return "\(path) holds \(outcome.accounts) accounts now; "
      + "\(outcome.accessEnded) sessions, tokens and other secrets of the backup have ended"
  }
  var out = ByteBuffer()
  out.append("{")
  out.member("restored")
  out.write(path)
  out.member("accounts")
  out.write(outcome.accounts)
  out.member("access_ended")
  out.write(outcome.accessEnded)
  out.append("}")
  return out.string
}
