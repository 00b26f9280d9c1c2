import Contract
import Secrets
import Server
import UserMethods
import Users

enum DoctorCommand: Subcommand {
  static let description = CommandDescription(
    "Check a store, its files and their place, and this program.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Changes nothing, also while others work on the store. Each check is ok, warn or fail. \
      What can't be checked because of what was found before it is left out.
      """
    ], exitStatus: ["0 nothing failed", "1 something did", "2 usage"])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let path = try options.keptPlace(else: "in a memory store there is nothing to check")
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
    if isServable { report.add(RoundTrip.check(path)) }
    try report.end()
  }
}
