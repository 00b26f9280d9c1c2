import Contract
import JSON
import Users

enum MigrateCommand: Subcommand {
  static let description = CommandDescription(
    "Bring a store of an older release to the current format.",
    forms: [CommandForm()],
    paragraphs: [
      """
      A store on a database server is migrated by this command alone, in one transaction, by the role \
      that owns its tables. Servers of the release before can go on if the new format says so; others \
      answer 503 newer_version until they are updated. So first migrate the store, then update one \
      machine after the other.
      """,
      """
      A file needs no such command: whatever opens it first migrates it. The command does the same.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let location = try options.keptLocation(else: "a memory store has no format")
    let (from, to): (Int, Int)
    do {
      defer { Terminal.showProgress("") }
      (from, to) = try store.migrate(location) { all, left in
        Terminal.showProgress("\((all - left) * 100 / max(all, 1))% of the accounts")
      }
    }
    Terminal.say(summary(location, from, to))
  }

  private static func summary(_ location: String, _ from: Int, _ to: Int) -> String {
    if Terminal.isOutputForPeople {
      return from == to
        ? "\(location) is up to date (format \(to))"
        : "\(location) is migrated from format \(from) to \(to)"
    }
    var out = ByteBuffer()
    out.append("{")
    out.field("store")
    out.write(location)
    out.field("from")
    out.write(from)
    out.field("to")
    out.write(to)
    out.append("}")
    return out.string
  }
}
