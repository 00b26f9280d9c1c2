import Foundation
import TestSupport
import Testing

/// Several processes on one store file.
@Suite struct SharingTests {
  @Test("Each process sees the changes of the other on its next request")
  func seesChanges() throws {
    let store = try StoreFolder()
    let (one, other) = (try store.serve(), try store.serve())
    for round in 1...20 {
      let (writer, reader) = round % 2 == 0 ? (one, other) : (other, one)
      let email = "u\(round)@example.com"
      let made = try writer.call(
        "users.create", #"{"email":"\#(email)","name":"U","org_id":"o"}"#)
      #expect(made.hasPrefix(#""result":{"#))
      #expect(try reader.call("users.count") == #""result":\#(round + 1)"#)
      #expect(
        try reader.call("users.get", #"["\#(email)",["name"]]"#)
          == #""result":{"name":"U"}"#)
      _ = try reader.call("users.update", #"{"user_id":"\#(email)","name":"V"}"#)
      #expect(
        try writer.call("users.get", #"["\#(email)",["name","version"]]"#)
          == #""result":{"name":"V","version":2}"#)
    }
    _ = try one.call("users.delete", #"["u1@example.com"]"#)
    #expect(try other.call("users.get", #"["u1@example.com"]"#) == #""result":null"#)
  }

  /// A change that one process makes to bo, and the next reply of the process that bo calls from.
  @Test(
    "A change to an account takes effect on its next request in another process",
    arguments: [
      (#""is_active":false"#, #""code":401"#), (#""is_blocked":true"#, #""code":401"#),
      (#""roles":["label"]"#, #""code":403"#), (#""roles":["admin"]"#, #""result":3"#),
      (#""org_id":"other""#, #""result":1"#), (#""name":"Bob""#, #""result":2"#),
    ])
  func holdsAtOnce(_ change: String, _ answer: String) throws {
    let store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme")
    try store.add("cy@example.com", "org_id=acme")
    let (admin, member) = (try store.serve(), try store.serve(as: "bo@example.com"))
    #expect(try member.call("users.count") == #""result":2"#)
    let changed = try admin.call("users.update", #"{"user_id":"bo@example.com",\#(change)}"#)
    #expect(changed.hasPrefix(#""result""#))
    #expect(try member.call("users.count").contains(answer))
    #expect(try member.call("users.count").contains(answer))
  }

  @Test("A disabled account is refused at once, and accepted again once it is enabled")
  func comesBack() throws {
    let store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme")
    let (admin, member) = (try store.serve(), try store.serve(as: "bo@example.com"))
    for (isActive, answer) in [(false, #""disabled_caller""#), (true, #""result":1"#)] {
      _ = try admin.call(
        "users.update", #"{"user_id":"bo@example.com","is_active":\#(isActive)}"#)
      #expect(try member.call("users.count").contains(answer))
    }
    _ = try admin.call("users.delete", #"["bo@example.com"]"#)
    #expect(try member.call("users.count").contains(#""code":401"#))
    #expect(try member.call("users.nothing").contains("-32601"))
  }

  @Test("Two servers that write at the same time both commit every change")
  func waitsForNobody() throws {
    let store = try StoreFolder()
    let (one, other) = (try store.serve(), try store.serve())
    for round in 0..<50 {
      let create = { (at: Int) in
        #"{"email":"u\#(round)-\#(at)@example.com","name":"U","org_id":"o"}"#
      }
      for (at, server) in [one, other].enumerated() {
        try server.write(
          #"{"jsonrpc":"2.0","id":\#(round),"method":"users.create","params":\#(create(at))}"#
            + "\n")
      }
      for server in [one, other] {
        #expect(
          try server.readLine()?.hasPrefix(
            #"{"jsonrpc":"2.0","id":\#(round),"result":{"#) == true)
      }
    }
    #expect(try one.call("users.count") == #""result":101"#)
    #expect(try other.call("users.count") == #""result":101"#)
  }

  @Test("A cursor from one process is valid in another, and a changed cursor is refused")
  func sharesCursors() throws {
    let store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme")
    try store.add("cy@example.com", "org_id=acme")
    let (one, other) = (try store.serve(), try store.serve())
    let page = try one.call("users.list", #"{"limit":1,"fields":["name"],"sort_by":"email"}"#)
    let cursor = String(try #require(page.firstMatch(of: /"next_cursor":"([^"]+)"/)).1)
    func next(_ server: RosterProcess, _ cursor: String) throws -> String {
      try server.call(
        "users.list", #"{"limit":1,"fields":["name"],"sort_by":"email","cursor":"\#(cursor)"}"#)
    }
    for server in [one, other] {
      #expect(try next(server, cursor).hasPrefix(#""result":{"users":[{"name":"bo"}]"#))
    }
    for at in cursor.indices {
      var edited = cursor
      edited.replaceSubrange(at...at, with: cursor[at] == "A" ? "B" : "A")
      #expect(try next(other, edited).contains(#""pointer":"/cursor""#))
      edited.remove(at: at)
      #expect(try next(other, edited).contains(#""pointer":"/cursor""#))
    }
    let second = try store.serve(as: "bo@example.com")
    #expect(try next(second, cursor).contains(#""pointer":"/cursor""#))
  }
}
