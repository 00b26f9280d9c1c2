import Contract
import Glibc
import JSON
import SQLiteUserStore
import Secrets
import Server
import UserMethods
import Users

let doctorCommand = Command(
  name: "doctor", summary: "Check a store, its files and their place, and this program.",
  usage: """
    usage: roster doctor [--store file:PATH] [--json]

      --store file:PATH   the store's file ($XDG_DATA_HOME/roster/users.db)
      --json              {"ok":…,"checks":[{"name","status","detail","remedy"?}…]}

    Changes nothing, also while others work on the store. Each check is ok, warn or fail. What
    can't be checked because of what was found before it is left out.
    Exit status: 0 nothing failed, 1 something did, 2 usage.
    """,
  options: ["--store", "--json"]
) { options in
  if let word = options.words.first { throw UsageError("doctor takes no \(word)") }
  guard case .file(let path) = try options.chosenStore() else {
    throw UsageError("in a memory store there is nothing to check")
  }
  var report = DoctorReport(isJSON: options.isJSON)
  report.add(versions())
  let checkup = Checkup(path: path) { (text) throws(StoreError) in
    try Policy.stored(text)?.roleNames ?? []
  }
  if checkup.run({ report.add($0) }) { report.add(roundTrip(path)) }
  try report.end()
}

private func versions() -> Check {
  let sqlite = Checkup.sqliteVersion
  let versions = "Roster \(rosterVersion), SQLite \(sqlite), libsodium \(sodiumVersion)"
  if !Checkup.hasWALResetBug { return .ok("versions", versions) }
  return .ok(
    "versions",
    "\(versions); this SQLite can lose commits (WAL-reset bug), which Roster's lock prevents")
}

// MARK: A round trip

private let roundTripMsMax = 5000

/// Has another process serve the store to nobody, as a host would, and compares what it says.
private func roundTrip(_ path: String) -> Check {
  let name = "round_trip"
  let remedy = "Run: roster serve --store file:\(path)"
  let lines = ["server.info", "rpc.discover"].enumerated().map { at, method in
    "{\"jsonrpc\":\"2.0\",\"id\":\(at),\"method\":\"\(method)\"}\n"
  }
  let child = Subprocess(
    ["serve", "--store", "file:\(path)"], input: Array(lines.joined().utf8),
    timeoutMs: roundTripMsMax)
  guard let child else {
    return .fail(name, "no process can be started: \(String(cString: strerror(errno)))", remedy)
  }
  let replies = child.output.split(separator: 0x0A)
  if child.exitStatus != 0 || replies.count != 2 {
    let said = String(decoding: child.errors, as: UTF8.self).words(at: "\n").first ?? ""
    let end = child.exitStatus.map { "ended with \($0)" } ?? "did not end"
    return .fail(
      name, "roster serve gave \(replies.count) of 2 replies and \(end) \(said)", remedy)
  }
  let version = result(replies[0]) { $0.member("version")?.string }
  let document = result(replies[1]) { $0.member("openrpc")?.string }
  guard version == rosterVersion, document != nil else {
    return .fail(name, "roster serve says it is version \(version ?? "unknown")", remedy)
  }
  return .ok(name, "served and answered in \(child.tookMs) ms")
}

private func result(_ reply: ArraySlice<UInt8>, _ read: (JSONValue) -> String?) -> String? {
  reply.withUnsafeBufferPointer { bytes in
    var parser = JSONParser()
    do { return try parser.parse(bytes).member("result").flatMap(read) } catch { return nil }
  }
}

// MARK: The report

/// Tells people of each check at once, and programs of all at the end.
private struct DoctorReport {
  let isJSON: Bool
  private var checks: [Check] = []

  init(isJSON: Bool) { self.isJSON = isJSON }

  private var failed: Int { checks.count { $0.status == .fail } }

  mutating func add(_ check: Check) {
    checks.append(check)
    if isJSON { return }
    Terminal.showProgress("")
    let word = check.status == .fail ? "FAIL" : check.status.rawValue
    Terminal.say(pad(word, 6) + pad(check.name, 13) + check.detail.showingControls())
    if let remedy = check.remedy { Terminal.say(pad("", 19) + remedy.showingControls()) }
    Terminal.showProgress("checking")
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  func end() throws {
    Terminal.showProgress("")
    if isJSON { Terminal.say(json) }
    if failed == 0 { return }
    throw CommandError(
      failed == 1 ? "1 check failed" : "\(failed) checks failed",
      "Do what is told above, and run this again.")
  }

  private var json: String {
    var out = ByteBuffer()
    out.append("{")
    out.member("ok")
    out.write(failed == 0)
    out.member("checks")
    out.append("[")
    for check in checks {
      out.element()
      out.append("{")
      let members = [("name", check.name), ("status", check.status.rawValue)]
      for (name, text) in members + [("detail", check.detail)] {
        out.member(name)
        out.write(text)
      }
      if let remedy = check.remedy {
        out.member("remedy")
        out.write(remedy)
      }
      out.append("}")
    }
    out.append("]}")
    return out.string
  }
}
