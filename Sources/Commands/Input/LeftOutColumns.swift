import Contract

/// The columns that an import leaves out because nobody says what they are.
final class LeftOutColumns {
  private static let namesMax = 100

  private var names: [String] = []
  /// Columns that templates look at, and that no row has had.
  private var awaited: Set<String>

  init(awaited: Set<String>) { self.awaited = awaited }

  /// There is a column with this name.
  func meet(_ name: String) {
    if !awaited.isEmpty { awaited.remove(ColumnName.key(name)) }
  }

  func add(_ name: String) {
    if names.count < Self.namesMax, !names.contains(name) { names.append(name) }
  }

  func tell(of path: String) {
    if !awaited.isEmpty {
      Terminal.complain(
        "\(path): no row has \(Notice.list(awaited.sorted())), which --map looks at")
    }
    if names.isEmpty { return }
    let secrets = names.filter { ColumnName.isSecret($0) }
    var lines: [Notice] = ["\(path): left out \(Notice.list(names))"]
    if !secrets.isEmpty { lines.append(.passwordsStay(secrets)) }
    Terminal.complain(.lines(lines))
  }
}

extension Notice {
  static func list(_ names: [String]) -> Notice {
    "\(names.count == 1 ? "the column" : "the columns") \(names.joined(separator: ", "))"
  }

  /// Why nobody brings their password along.
  static func passwordsStay(_ columns: [String]) -> Notice {
    "Passwords and what stands for them don't come along (\(columns.joined(separator: ", "))): "
      + "people choose new ones, see --invite."
  }
}
