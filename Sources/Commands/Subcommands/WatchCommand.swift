import Contract
import Server
import UserMethods
import Users

enum WatchCommand: Subcommand {
  static let description = CommandDescription(
    "Print the changes of accounts as they happen.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Follows the feed that users.events reads, until Ctrl-C. Changes of other processes appear \
      at once.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    _ = try options.keptLocation(else: "a memory store has no other process that changes it")
    ShutdownSignal.start()
    try options.withStore(store, .watch(Watch()))
  }
}
