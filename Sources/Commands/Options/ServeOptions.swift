import Contract
import Server
import UserMethods

extension Option {
  /// How the server serves.
  static let serving = [
    Option(
      "--tools", takes: "NAME,…", .list { tools.map(\.toolName) },
      of: [.serve, .config], "only these tools for agents: users_get, users_list, …",
      details: """
        Others are not shown and don't work. Programs that call the methods are not narrowed. Tools are \
        \(tools.map(\.toolName).joined(separator: ", ")).
        """
    ) { $0.limits.tools = try ($0.limits.tools ?? []).union(tools(in: $1)) },
    Option(
      "--confirm", takes: "ask|never", .words { ["ask", "never"] }, of: [.serve, .config],
      "whether a person confirms what agents ask for that can't be undone: ask, or never (ask)",
      details: "never is for a host that has a person confirm each call by itself."
    ) { $0.limits.isConfirming = $1 == "ask" },
    Option(
      "--line-bytes-max", takes: "N", .text, of: [.serve, .config],
      "longest message that is read, in bytes (4194304)",
      details: "From 1024 to \(lineBytes.upperBound). A longer message is answered with 413."
    ) { $0.wire.lineBytesMax = try lineLimit($1) },
    Option(
      "--stdio", of: [.serve], "nothing else: some editors say it by habit",
      details: "Roster always speaks on standard input and output."
    ) { _ in },
    Option(
      "--clientProcessId", takes: "PID", .text, of: [.serve],
      "end when this process ends; some editors say it",
      details: "The end of standard input ends Roster in any case."
    ) { $0.clientProcess = Int($1) },
  ]

  private static var tools: [MethodDescription] {
    ServerCatalog.descriptions.filter { $0.tool != nil }
  }

  /// Tools, by their own names or those of their methods.
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
            "there is no tool \(name)\(guess)\nThere are \(names.joined(separator: ", ")).")
        }
        return tool.toolName
      })
  }

  private static let lineBytes = 1024...(1 << 30)

  private static func lineLimit(_ value: String) throws -> Int {
    guard let bytes = Int(value), lineBytes.contains(bytes) else {
      throw UsageError(
        "--line-bytes-max is a number of bytes from \(lineBytes.lowerBound) to \(lineBytes.upperBound)"
      )
    }
    return bytes
  }
}
