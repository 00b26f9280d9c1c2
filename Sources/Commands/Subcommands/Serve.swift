import Contract
import Glibc
import Server
import UserMethods
import Users

struct Serve {
  let channel: Channel

  /// Printed for a person who starts the server at a terminal.
  private static let greeting: Notice = """
    roster: waiting for JSON-RPC requests on standard input, one per line; Ctrl-D ends. For example: \
    {"jsonrpc":"2.0","id":1,"method":"server.info"}
    """

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    if options.isLogJSON { Log.useJSON() }
    let control = try options.control(for: store)
    if Log.isInfo {
      control.noteLockWait = { if $0 >= 10 { Log.info("waited \($0) ms for the store's lock") } }
    }
    Log.info("serving: version \(rosterVersion), process \(getpid())")
    defer { Log.info("ended") }
    if isatty(STDIN_FILENO) == 1 { Terminal.complain(Self.greeting) }
    var server = Server(
      store: store, control: control, limits: options.wire, channel: channel,
      deliver: try options.postman())
    switch server.run() {
    case .served: break
    case .repliesLeft:
      throw CommandError(
        "the client did not read all replies", "Read all replies before you close the pipes.")
    case .refused(let failure): throw CommandError("\(failure.message)", "")
    case .inputFailed(let reason):
      throw CommandError(
        "standard input can't be read: \(reason)", "Start Roster with a pipe to it.")
    case .outputFailed(let reason):
      throw CommandError(
        "standard output can't be written: \(reason)", "The last requests may have been executed.")
    case .exited:
      throw CommandError("the client said exit without shutdown", "Send shutdown before exit.")
    }
  }
}
