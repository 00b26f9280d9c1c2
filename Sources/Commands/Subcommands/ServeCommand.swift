import Contract
import Server
import UserMethods
import Users

enum ServeCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Answer JSON-RPC requests on standard input and output.",
    usage: """
      usage: roster serve [--store …] [--as EMAIL-or-ID] [--read-only] [--allow …] [--tools …] …

      \(Help.store)
      \(Help.caller)
      \(Help.mail)
      \(Help.serving)
      """,
    options: [
      "--store", "--tools", "--confirm", "--line-bytes-max", "--stdio", "--clientProcessId",
    ]
      + Help.callerOptions
      + Help.mailOptions
  )

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    if let word = options.words.first { throw UsageError("serve takes no \(word)") }
    Lifeline.start()
    if let process = options.clientProcess { Lifeline.watch(process) }
    guard let channel = Channel.standard() else {
      throw CommandError("standard output is closed", "Start Roster with a pipe to it.")
    }
    try options.withStore(store, Serve(channel: channel))
  }
}

private struct Serve: StoreWork {
  let channel: Channel

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var server = Server(
      store: store, gate: try options.gate(for: store), limits: options.wire, channel: channel,
      deliver: try options.postman())
    switch server.run() {
    case .served: break
    case .repliesLeft:
      throw CommandError("replies were left: nobody took them", "Read all replies before the end.")
    case .refused(let failure): throw CommandError("\(failure.message)", "")
    case .inputFailed(let reason):
      throw CommandError(
        "standard input can't be read: \(reason)", "Start Roster with a pipe to it.")
    case .outputFailed(let reason):
      throw CommandError(
        "standard output can't be written: \(reason)", "What was asked last may have been done.")
    case .exited:
      throw CommandError("the client said exit without shutdown", "Send shutdown before exit.")
    }
  }
}
