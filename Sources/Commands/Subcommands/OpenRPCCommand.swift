import Server
import UserMethods
import Users

enum OpenRPCCommand: Subcommand {
  static let description = CommandDescription(
    summary: "Print the OpenRPC document.", usage: "usage: roster openrpc",
    options: []
  )

  static func run<Store: KeptStore>(_: Options, _ store: Store.Type) throws {
    Terminal.say(ServerCatalog<MemoryUserStore>.document)
  }
}
