import Contract
import Glibc
import Server
import UserMethods
import Users

/// What stands behind a command.
struct Options {
  private(set) var store: StoreAddress?
  private(set) var caller: String?
  private(set) var limits = LaunchLimits()
  private(set) var wire = WireLimits()
  private(set) var owner: String?
  private(set) var name: String?
  private(set) var format: String?
  private(set) var token: TokenSource?
  /// The options that say who calls, as they were given.
  private(set) var credentials: [String] = []
  private(set) var policyPath: String?
  /// The policy in that file.
  var policy: Policy?
  /// The token that the environment held.
  var inheritedToken: String?
  /// Whether the command calls for somebody.
  let takesCaller: Bool
  private(set) var mail = "none"
  private(set) var mailFrom: String?
  private(set) var mailLink: String?
  private(set) var user: String?
  private(set) var scopes: [String]?
  private(set) var days: Int?
  private(set) var isJSON = false
  private(set) var isHelp = false
  /// The editor's.
  private(set) var clientProcess: Int?
  private(set) var isAgreed = false
  private(set) var keepsTokens = false
  private(set) var before: Timestamp?
  /// The options in their order; a switch has no value.
  private(set) var given: [(option: String, value: String?)] = []
  /// What is no option.
  private(set) var words: [String] = []

  /// Options that take no value, by command; `serve` also takes what editors add by habit.
  private static let switches = [
    "--read-only", "--json", "--help", "-h", "--stdio", "--yes", "--keep-tokens",
  ]

  init(_ arguments: [String], allowed: [String]) throws {
    takesCaller = allowed.contains("--as")
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.begins(with: "-"), argument != "-" else {
        words.append(argument)
        continue
      }
      let parts = argument.parts(at: "=", countMax: 2)
      let option = parts[0]
      guard allowed.contains(option) || option == "--help" || option == "-h" else {
        let nearest = Spelling.nearest(to: option, in: allowed).map { "; did you mean \($0)?" }
        throw UsageError("there is no option \(option) here\(nearest ?? "")")
      }
      if Self.switches.contains(option) {
        if parts.count == 2 { throw UsageError("\(option) takes no value") }
        try set(option, "")
        given.append((option, nil))
      } else if let value = parts.count == 2 ? parts[1] : rest.popFirst() {
        try set(option, value)
        given.append((option, value))
      } else {
        throw UsageError("\(option) needs a value")
      }
    }
  }

  private mutating func set(_ option: String, _ value: String) throws {
    switch option {
    case "--store": store = try Self.storeChoice(value)
    case "--as":
      caller = value
      credentials.append("--as \(value)")
    case "--read-only": limits.isReadOnly = true
    case "--allow": limits.allowed = try (limits.allowed ?? []).union(Self.capabilities(value))
    case "--deny": limits.denied.formUnion(try Self.capabilities(value))
    case "--org": limits.organization = try Self.organization(value)
    case "--line-bytes-max": wire.lineBytesMax = try Self.lineLimit(value)
    case "--tools": limits.tools = try (limits.tools ?? []).union(Self.tools(value))
    case "--confirm": limits.isConfirming = try Self.isConfirming(value)
    case "--owner": owner = value
    case "--name": name = value
    case "--format": format = value
    case "--token-fd":
      token = try .descriptor(value)
      credentials.append("--token-fd \(value)")
    case "--token-file":
      token = .file(try Launch.path(value))
      credentials.append("--token-file \(value)")
    case "--policy": policyPath = try Launch.path(value)
    case "--mail": mail = try Self.mail(value)
    case "--mail-from": mailFrom = value
    case "--mail-link": mailLink = value
    case "--user": user = value
    case "--scopes": scopes = try Self.capabilities(value).map(\.rawValue).sorted()
    case "--days": days = try Self.number(value, option)
    case "--json": isJSON = true
    case "--help", "-h": isHelp = true
    case "--clientProcessId": clientProcess = Int(value)
    case "--yes": isAgreed = true
    case "--keep-tokens": keepsTokens = true
    case "--before": before = try Self.time(value, option)
    default: break
    }
  }

  private static func storeChoice(_ value: String) throws -> StoreAddress {
    if value == "memory" { return .memory }
    if let path = value.behind("file:"), !path.isEmpty {
      if path == ":memory:" {
        throw UsageError("file::memory: is no file; what is kept in memory is --store memory")
      }
      return .file(try Launch.path(path))
    }
    throw UsageError("--store is memory or file:PATH, not \(value)")
  }

  /// With a folder in the user's home by its path.
  private static func mail(_ value: String) throws -> String {
    try value.behind("dir:").map { "dir:" + (try Launch.path($0)) } ?? value
  }

  private static func capabilities(_ value: String) throws -> Set<Capability> {
    let names = Capability.allCases.map(\.rawValue)
    return Set(
      try value.words(at: ",").map { name in
        guard let capability = Capability(rawValue: name) else {
          throw UsageError(
            "there is no capability \(name); there are \(names.joined(separator: ", "))")
        }
        return capability
      })
  }

  /// Tools, by their own names or those of their methods.
  private static func tools(_ value: String) throws -> Set<String> {
    let all = ServerCatalog<MemoryUserStore>.make().descriptions.filter { $0.tool != nil }
    return Set(
      try value.words(at: ",").map { name in
        guard let tool = all.first(where: { $0.toolName == name || $0.name.description == name })
        else {
          let names = all.map(\.toolName)
          let nearest = Spelling.nearest(to: name, in: names)
          let guess = nearest.map { "; did you mean \($0)?" } ?? ""
          throw UsageError(
            "there is no tool \(name)\(guess)\nThere are \(names.joined(separator: ", ")).")
        }
        return tool.toolName
      })
  }

  private static func isConfirming(_ value: String) throws -> Bool {
    switch value {
    case "ask": return true
    case "never": return false
    default: throw UsageError("--confirm is ask or never, not \(value)")
    }
  }

  private static func number(_ value: String, _ option: String) throws -> Int {
    guard let number = Int(value) else { throw UsageError("\(option) is a number, not \(value)") }
    return number
  }

  /// A moment, or the day that begins with it.
  private static func time(_ value: String, _ option: String) throws -> Timestamp {
    if let time = Timestamp(value) ?? Timestamp(value + "T00:00:00Z") { return time }
    throw UsageError("\(option) is a day or a time, such as 2026-01-31 or 2026-01-31T08:00:00Z")
  }

  private static func organization(_ value: String) throws -> String {
    do {
      return try OrganizationID(value).value
    } catch {
      throw UsageError("--org \(error.message)")
    }
  }

  private static func lineLimit(_ value: String) throws -> Int {
    guard let bytes = Int(value), (1024...(1 << 30)).contains(bytes) else {
      throw UsageError("--line-bytes-max is a number of bytes from 1024 to \(1 << 30)")
    }
    return bytes
  }

  /// The chosen store, or the file in the user's data folder.
  func chosenStore() throws -> StoreAddress {
    if let store { return store }
    // The XDG Base Directory Specification has relative paths ignored.
    if let data = try Launch.variable("XDG_DATA_HOME"), data.begins(with: "/") {
      return .file(data + "/roster/users.db")
    }
    if let home = try Launch.variable("HOME") {
      return .file(home + "/.local/share/roster/users.db")
    }
    throw UsageError("say where the store is: --store file:PATH")
  }

  /// The place of a store that outlives the process; `refusal` says why a memory store won't do.
  func keptPlace(else refusal: Notice) throws -> String {
    guard case .file(let path) = try chosenStore() else { throw UsageError(refusal) }
    return path
  }
}
