import Glibc
import Server
import Users

Lifeline.start()
guard let channel = Channel.standard() else { exit(1) }
let store = MemoryUserStore()
var owner = User(id: UserID(key: 1 << 41, tail: 5))
owner.email = "owner@example.com"
owner.username = "owner@example.com"
owner.name = "Owner"
owner.roles = ["owner"]
owner.flags = [.active, .owner, .superuser]
try store.insert(StoredUser(owner))
store.end()
let gate = Gate(store: store, identity: .user(owner.id), limits: LaunchLimits())
var server = Server(store: store, gate: gate, limits: WireLimits(), channel: channel)
server.run()
