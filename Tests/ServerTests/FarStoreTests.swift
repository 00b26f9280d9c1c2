import Foundation
import Server
import Testing
import UserMethods
import Users

/// A server whose store changes during a request.
@Suite struct FarStoreTests {
  private let store = FarStore()
  private let owner: User

  init() throws {
    var ids = UserIDGenerator()
    owner = User(owner: ids.next(at: .now), email: "ada@acme.example", name: "Ada")
    try store.insert(PackedUser(owner))
    try store.commit()
  }

  /// The lines that a server answers requests with that have all arrived before it starts.
  private func serve(_ requests: (method: String, params: String)...) throws -> [String] {
    let (input, output) = (Pipe(), Pipe())
    for (at, request) in requests.enumerated() {
      let line =
        #"{"jsonrpc":"2.0","id":\#(at),"method":"\#(request.method)","params":\#(request.params)}"#
      input.fileHandleForWriting.write(Data((line + "\n").utf8))
    }
    try input.fileHandleForWriting.close()
    var server = Server(
      store: store,
      control: StoreAccessControl(store: store, identity: .user(owner.id), limits: LaunchLimits()),
      limits: WireLimits(),
      channel: Channel(
        input: input.fileHandleForReading.fileDescriptor,
        output: output.fileHandleForWriting.fileDescriptor))
    _ = server.run()
    try output.fileHandleForWriting.close()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static let get = ("users.get", #"{"user_id":"ada@acme.example","fields":["name"]}"#)
  private static func create(_ name: String) -> (String, String) {
    ("users.create", #"{"email":"\#(name)@acme.example","name":"\#(name)","org_id":"acme"}"#)
  }

  @Test(
    "A read is repeated while others change the store, and uses a snapshot after 8 failed attempts",
    arguments: [(0, 0), (1, 0), (7, 0), (8, 1), (100, 1)])
  func readsAnew(changes: Int, steadyReads: Int) throws {
    store.changesLeft = changes
    let replies = try serve(Self.get)
    #expect(replies == [#"{"jsonrpc":"2.0","id":0,"result":{"name":"Ada"}}"#])
    #expect(store.changedCount == min(changes, 8))
    #expect((store.steadyReads > 0) == (steadyReads > 0))
  }

  private static let reading: [(String, String)] = [
    get, ("users.get_current", "{}"), ("users.list", "{}"), ("rpc.discover", "{}"),
    ("tools/list", "{}"), ("tools/call", #"{"name":"users_get_current","arguments":{}}"#),
    (
      "users.bulk",
      #"{"operations":[{"method":"users.delete","params":{"user_id":"nobody@acme.example"}}]}"#
    ),
    ("users.delete", #"{"user_id":"nobody@acme.example"}"#),
  ]

  @Test(
    "A request to a changing store gets the same reply as to an unchanged one", arguments: 0..<8,
    [1, 9])
  func answersAnew(at: Int, changes: Int) throws {
    let asked = Self.reading[at]
    let expected = try serve(asked)
    store.changesLeft = changes
    #expect(try serve(asked) == expected)
    #expect(store.changedCount > 0)
  }

  @Test("A write whose commit fails is repeated once, then refused as busy", arguments: [0, 1, 2])
  func writesAnew(lostGroups: Int) throws {
    store.lostGroupsLeft = lostGroups
    let replies = try serve(Self.create("bo"), Self.get)
    #expect(replies.count == 2)
    let isRefused = replies[0].contains(#""code":503"#) && replies[0].contains(#""reason":"busy""#)
    #expect(isRefused == (lostGroups == 2), "\(replies[0])")
    #expect(replies[1].contains(#""result":{"name":"Ada"}"#))
    let isThere = try store.read(.email("bo@acme.example")) { _ in }
    #expect(isThere == (lostGroups < 2))
    // A lost transaction left no event.
    #expect(store.latestEvent.seq == (lostGroups < 2 ? 1 : 0))
  }

  @Test("The store gets the lookups of a transaction in advance, for every form of call")
  func foresees() throws {
    let id = owner.id.text
    _ = try serve(
      Self.get, ("users.update", #"{"user_id":"\#(id)","company":"Acme"}"#), Self.create("bo"),
      ("tools/call", #"{"name":"users_get","arguments":{"user_id":"cy@acme.example"}}"#),
      ("users.get", #"{"user_id":7}"#), ("users.revoke_token", #"{"token_id":"\#(id)"}"#))
    let expected: [Lookup] = [
      .user(.email("ada@acme.example")), .user(.id(owner.id)), .username("bo@acme.example"),
      .email("bo@acme.example"),
      .user(.email("cy@acme.example")), .token(.id(owner.id)),
    ]
    #expect(store.foreseen.first == expected)
  }

  @Test(
    "A read that fails in the store does not undo the writes of other requests",
    arguments: [StoreError.corrupt("x"), .failed("x"), .misunderstood("x"), .busy])
  func failedRead(error: StoreError) throws {
    store.pageFailure = error
    let replies = try serve(Self.create("kim"), ("users.list", "{}"), Self.create("lea"), Self.get)
    #expect(replies.count == 4 && replies[1].contains(#""error""#))
    #expect(replies.filter { $0.contains(#""result""#) }.count == 3)
    for email in ["kim@acme.example", "lea@acme.example"] {
      #expect(try store.read(.email(email)) { _ in }, "\(email)")
    }
    let isInternal = replies[1].contains("-32603")
    #expect(isInternal == (error == .misunderstood("x")))
  }
}
