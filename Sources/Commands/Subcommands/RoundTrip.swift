import Contract
import Glibc
import JSON
import Server
import Users

/// Tests the store as a host would use it.
enum RoundTrip {
  private static let msMax = 5000

  /// Starts a server without a caller on the store, as a host would, and checks its replies.
  static func check(_ store: StoreAddress) -> Check {
    let name = "round_trip"
    let remedy = "Run: roster serve --store \(ShellWord.quoted(store.text))"
    let lines = ["server.info", "rpc.discover"].enumerated().map { at, method in
      "{\"jsonrpc\":\"2.0\",\"id\":\(at),\"method\":\"\(method)\"}\n"
    }
    let child = Subprocess(
      ["serve", "--store", store.text], input: Array(lines.joined().utf8),
      timeoutMs: msMax)
    guard let child else {
      return .fail(name, "can't start a process: \(String(cString: strerror(errno)))", remedy)
    }
    let replies = child.output.split(separator: 0x0A)
    if child.exitStatus != 0 || replies.count != 2 {
      let said = String(decoding: child.errors, as: UTF8.self).words(at: "\n").first ?? ""
      let end = child.exitStatus.map { "ended with \($0)" } ?? "did not end"
      return .fail(
        name, "roster serve gave \(replies.count) of 2 replies and \(end) \(said)", remedy)
    }
    let version = result(replies[0]) { $0.field("version")?.string }
    let document = result(replies[1]) { $0.field("openrpc")?.string }
    guard version == rosterVersion, document != nil else {
      return .fail(name, "roster serve says it is version \(version ?? "unknown")", remedy)
    }
    return .ok(name, "served and answered in \(child.tookMs) ms")
  }

  private static func result(_ reply: ArraySlice<UInt8>, _ read: (JSONValue) -> String?) -> String?
  {
    reply.withUnsafeBufferPointer { bytes in
      var parser = JSONParser()
      do { return try parser.parse(bytes).field("result").flatMap(read) } catch { return nil }
    }
  }
}
