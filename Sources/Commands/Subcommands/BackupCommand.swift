import Contract
import JSON

enum BackupCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Copy a store, also while others work on it.",
    usage: """
      usage: roster backup DEST [--store file:PATH]

        DEST                the file to make; nothing is overwritten
        --store file:PATH   the store's file ($XDG_DATA_HOME/roster/users.db)

      The copy is all of one moment, is checked, and is a store of its own: roster serve and
      roster export take it. To restore, stop all Rosters on the store, and put the copy in its
      place, with no file beside it whose name ends in -wal or -shm.
      """,
    options: ["--store"]
  )

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let destination = options.words.first, !destination.isEmpty, options.words.count == 1
    else { throw UsageError("backup needs one DEST") }
    let path = try options.keptPlace(else: "a memory store can't be backed up")
    try backUp(path, to: try Launch.path(destination), store)
  }

  private static func backUp<Store: KeptStore>(
    _ path: String, to destination: String, _ store: Store.Type
  ) throws {
    Warning.ifOpenToAll(path, "store")
    let bytes: Int
    do {
      defer { Terminal.showProgress("") }
      bytes = try store.backUp(path, to: destination) { all, left in
        Terminal.showProgress(left == 0 ? "checking" : "\((all - left) * 100 / all)% copied")
      }
    }
    Terminal.say(summary(destination, bytes))
  }

  private static func summary(_ destination: String, _ bytes: Int) -> String {
    if Terminal.isOutputForPeople { return "\(destination) is a copy of the store, \(bytes) bytes" }
    var out = ByteBuffer()
    out.append("{")
    out.member("backup")
    out.write(destination)
    out.member("bytes")
    out.write(bytes)
    out.append("}")
    return out.string
  }
}
