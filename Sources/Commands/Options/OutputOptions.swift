import Contract
import Users

extension Option {
  /// Options for what a command prints.
  static let printing = [
    Option(
      "--output", "-o", takes: "FORMAT", formats, of: [.call, .watch, .methods],
      "table, json, jsonl, csv or tsv (default: table on a terminal, JSON into a pipe)",
      details: """
        A table fits the width of the terminal, and shows the fields that the call asks for. jsonl, \
        csv and tsv print one record per line. NO_COLOR turns off bold type.
        """
    ) { $0.output = OutputFormat(rawValue: $1) },
    Option(
      "--output", "-o", takes: "FORMAT", formats, of: [.token], forms: ["list"],
      "form of the list, as of roster call", details: ""
    ) { $0.output = OutputFormat(rawValue: $1) },
    Option(
      "--all", of: [.call], "follow the pages of a list to its end",
      details: "For users.list and users.events. Each page is a call of its own."
    ) { $0.isAll = true },
    Option(
      "--since", takes: "TIME|NUMBER", .text, of: [.watch],
      "begin with past events: from a time, or after a sequence number",
      details: "Without it, only new events are printed. A day begins at midnight in UTC."
    ) { $0.since = try EventStart($1) },
    Option(
      "--types", takes: "TYPE,…", .list { EventType.allCases.map(\.rawValue) }, of: [.watch],
      "only events of these types", details: ""
    ) { $0.types = try eventTypes($1) },
  ]

  private static let formats = Values.words { OutputFormat.allCases.map(\.rawValue) }

  private static func eventTypes(_ value: String) throws -> String {
    for word in value.words(at: ",") where EventType(rawValue: word) == nil {
      let names = EventType.allCases.map(\.rawValue)
      let nearest = Spelling.nearest(to: word, in: names).map { "; did you mean \($0)?" } ?? ""
      throw UsageError("--types: unknown type \(word)\(nearest)")
    }
    return value
  }
}
