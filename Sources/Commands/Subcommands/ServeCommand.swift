import Contract
import Server
import UserMethods
import Users

enum ServeCommand: Subcommand {
  static let description = CommandDescription(
    "Answer JSON-RPC requests on standard input and output.",
    forms: [CommandForm()],
    paragraphs: [
      """
      A host starts it and speaks by lines, or by headers as language servers do; agents speak \
      MCP. The end of standard input ends it, when all that was asked is answered.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    Lifeline.start()
    if let process = options.clientProcess { Lifeline.watch(process) }
    guard let channel = Channel.standard() else {
      throw CommandError("standard output is closed", "Start Roster with a pipe to it.")
    }
    try options.withStore(store, .serve(Serve(channel: channel)))
  }
}
