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
      A host starts it and sends lines, or Content-Length headers as language servers do; agents \
      use MCP. At the end of standard input it answers all requests, then exits.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    ShutdownSignal.start()
    ShutdownSignal.watchParent()
    if let process = options.clientProcess { ShutdownSignal.watch(process) }
    guard let channel = Channel.standard() else {
      throw CommandError("standard output is closed", "Start Roster with a pipe to it.")
    }
    try options.withStore(store, .serve(Serve(channel: channel)))
  }
}
