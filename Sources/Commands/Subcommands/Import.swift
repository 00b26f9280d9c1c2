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
      try source.readRows(whenWaiting: run.endTransaction, run.add)
      try run.endTransaction()
    } catch {
      // A second signal ends the process at once.
      signal(SIGINT, SIG_DFL)
      // Rows before the error are kept.
      try run.endTransaction()
      run.tellAll(isWhole: false)
      if error is Interruption { throw run.interrupted }
      throw error
    }
    run.tellAll(isWhole: true)
    if run.counts.failed > 0 {
      let rows = run.counts.failed == 1 ? "1 row was" : "\(run.counts.failed) rows were"
      throw CommandError("\(rows) left out", "Fix the rows above and run the import again.")
    }
  }
}
