import Contract
import Glibc
import Server
import Users

struct Import {
  let source: RowSource

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    try options.adoptPolicy(in: store)
    let run = try ImportRun(store, source.path, options)
    ShutdownSignal.start()
    do {
      try source.readRows(whenWaiting: run.endGroup, run.add)
      try run.endGroup()
    } catch {
      // A second signal ends the process at once.
      signal(SIGINT, SIG_DFL)
      // Rows before the error are kept.
      try run.endGroup()
      run.tellAll(isWhole: false)
      if error is Interruption { throw run.interrupted }
      throw error
    }
    run.tellAll(isWhole: true)
    if run.tally.failed > 0 {
      let rows = run.tally.failed == 1 ? "1 row was" : "\(run.tally.failed) rows were"
      throw CommandError("\(rows) left out", "Fix the rows above and run the import again.")
    }
  }
}
