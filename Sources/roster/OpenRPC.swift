import Server
import UserMethods
import Users

let openRPCCommand = Command(
  name: "openrpc", summary: "Print the OpenRPC document.", usage: "usage: roster openrpc",
  options: []
) { _ in
  Terminal.say(ServerCatalog.document)
}
