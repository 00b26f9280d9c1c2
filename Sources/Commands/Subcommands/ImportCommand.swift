import Contract
import UserMethods
import Users

enum ImportCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Bring accounts from a JSONL or CSV file into a store.",
    usage: """
      usage: roster import FILE [--store file:PATH] [--format jsonl|csv] [--policy FILE]

        FILE                one account a line, with the members that users.create takes; - for
                            standard input. Exports of Roster come back as they were.
        --format jsonl|csv  by the file's name unless given
      \(Help.store)

      Accounts that are there already are skipped, so an import can be run again. A bad line is
      reported with its number and left out; all others are kept, and the exit status is 1.
      """,
    options: ["--store", "--format", "--policy"]
  )

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let path = options.words.first, options.words.count == 1 else {
      throw UsageError("import needs one FILE")
    }
    try options.withStore(store, Import(source: try RowSource(path: path, format: options.format)))
  }
}

private struct Import: StoreWork {
  let source: RowSource

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    try options.adoptPolicy(in: store)
    let run = try ImportRun(store, source.path)
    do {
      try source.readRows(whenWaiting: { try run.endGroup() }, run.add)
    } catch {
      // What came before the end of what can be read is kept.
      try run.endGroup()
      throw error
    }
    try run.endGroup()
    Terminal.showProgress("")
    Terminal.say(run.tally.summary)
    if run.tally.failed > 0 {
      let rows = run.tally.failed == 1 ? "1 row was" : "\(run.tally.failed) rows were"
      throw CommandError("\(rows) left out", "Mend what is told above and run this again.")
    }
  }
}
