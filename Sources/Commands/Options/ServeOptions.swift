import Contract
import Server
import UserMethods

extension Option {
  /// Options of the server.
  static let serving = [
    Option(
      "--tools", takes: "NAME,…", .list { tools.map(\.toolName) },
      of: [.serve, .config], "only these tools for agents: users_get, users_list, …",
      details: """
        Agents neither see nor can call other tools. JSON-RPC methods stay available on the same pipe. Tools are \
        \(tools.map(\.toolName).joined(separator: ", ")).
        """
    ) { $0.limits.tools = try ($0.limits.tools ?? []).union(tools(in: $1)) },
    Option(
      "--confirm", takes: "ask|never", .words { ["ask", "never"] }, of: [.serve, .config],
      "whether a person confirms irreversible calls of agents: ask (default), or never",
      details: "Use never for a host that asks a person before each call."
    ) { $0.limits.isConfirming = $1 == "ask" },
    Option(
      "--log", takes: "text|json", .words { ["text", "json"] }, of: [.serve, .config],
      "form of the diagnostics that ROSTER_LOG=info or =debug turns on (text)",
      details: """
        ROSTER_LOG=info writes a line for each request (method, outcome, milliseconds, caller's id), \
        the start, the end and long waits for the lock; debug writes more. Never params or secrets.
        """
    ) { $0.isLogJSON = $1 == "json" },
    Option(
      "--line-bytes-max", takes: "N", .text, of: [.serve, .config],
      "longest message that Roster reads, in bytes (4194304)",
      details: "From 1024 to \(lineBytes.upperBound). A longer message is answered with 413."
    ) { $0.wire.lineBytesMax = try lineLimit($1) },
    Option(
      "--stdio", of: [.serve], "has no effect: some editors pass it",
      details: "Roster always uses standard input and output."
    ) { _ in },
    Option(
      "--clientProcessId", takes: "PID", .text, of: [.serve],
      "end when this process ends; some editors pass it",
      details: "Roster also ends at the end of standard input."
    ) { $0.clientProcess = Int($1) },
  ]

  private static var tools: [MethodDescription] {
    ServerCatalog.descriptions.filter { $0.tool != nil }
  }

  /// Accepts the names of tools or of their methods.
  private static func tools(in value: String) throws -> Set<String> {
    let all = tools
    return Set(
      try value.words(at: ",").map { name in
        guard let tool = all.first(where: { $0.toolName == name || $0.name.description == name })
        else {
          let names = all.map(\.toolName)
          let nearest = Spelling.nearest(to: name, in: names)
          let guess = nearest.map { "; did you mean \($0)?" } ?? ""
          throw UsageError(
            "unknown tool \(name)\(guess)\nChoose from \(names.joined(separator: ", ")).")
        }
        return tool.toolName
      })
  }

  private static let lineBytes = 1024...(1 << 30)

  private static func lineLimit(_ value: String) throws -> Int {
    guard let bytes = Int(value), lineBytes.contains(bytes) else {
      throw UsageError(
        "--line-bytes-max needs a number of bytes from \(lineBytes.lowerBound) to \(lineBytes.upperBound)"
      )
    }
    return bytes
  }
}
