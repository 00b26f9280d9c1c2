import Contract
import Server

/// The tables of the documents that are generated from the code, by the names in their markers.
enum DocumentTables {
  static var all: [String: MarkdownTable] {
    [
      "methods": methods, "record": record, "filters": filters, "sorting": sorting,
      "errors": errors, "capabilities": capabilities, "tools": tools, "events": events,
      "options": options, "limits": limits,
    ]
  }

  /// A message for each known table that is on none of these pages.
  static func missing(from pages: [MarkedPage], _ known: [String: String]) -> [String] {
    let held = pages.reduce(into: Set<String>()) { $0.formUnion($1.tables) }
    return known.keys.filter { !held.contains($0) }.sorted().map { name in
      "no page has the table \(name): write <!-- generated: \(name) --> and <!-- end --> into one"
        + " and \(MarkedPage.remedy)"
    }
  }

  static func method(_ name: String) -> MethodDescription? {
    ServerCatalog.descriptions.first { $0.name.description == name }
  }
}

extension MethodDescription {
  var code: String { name.description.asCode }
}

extension Field {
  var code: String { name.asCode }
}
