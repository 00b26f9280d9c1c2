import Contract
import UserMethods
import Users

enum EventsCommand: Subcommand {
  static let description = CommandDescription(
    "Remove old events from the feed of changes.",
    forms: [CommandForm("prune")],
    paragraphs: [
      """
      The latest event always stays, and sequence numbers continue. Readers that ask for removed \
      events get 409 feed_changed. The command needs no caller: it trusts whoever can write the \
      file.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let time = try options.needed(options.before, "--before")
    _ = try options.keptLocation(else: "the events of a memory store end with it")
    try options.withStore(store, .prune(Pruning(time: time)))
  }
}
