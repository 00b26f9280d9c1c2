import Contract
import Users

struct Import {
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
