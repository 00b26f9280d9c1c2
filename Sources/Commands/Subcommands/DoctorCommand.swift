import Contract
import Secrets
import Server
import UserMethods
import Users

enum DoctorCommand: Subcommand {
  static let description = CommandDescription(
    "Check a store, its files and this program.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Changes nothing; safe while the store is in use. Each check is ok, warn or fail. A failed \
      check may make later checks impossible; they are left out.
      """
    ], exitStatus: ["0 no check failed", "1 a check failed", "2 usage"])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let path = try options.keptLocation(else: "a memory store has nothing to check")
    var report = DoctorReport(isJSON: options.isJSON)
    let versions =
      "Roster \(rosterVersion), \(store.engine), libsodium \(sodiumVersion)"
      + (store.engineNote.map { "; \($0)" } ?? "")
    report.add(.ok("versions", versions))
    let isServable = store.checkUp(path) { (text) throws(StoreError) in
      try Policy.stored(text)?.roleNames ?? []
    } _: {
      report.add($0)
    }
    if isServable { report.add(RoundTrip.check(try options.chosenStore())) }
    try report.end()
  }
}
