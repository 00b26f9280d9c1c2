import Contract
import Server
import UserMethods
import Users

struct Serve {
  let channel: Channel

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var server = Server(
      store: store, control: try options.control(for: store), limits: options.wire,
      channel: channel,
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
