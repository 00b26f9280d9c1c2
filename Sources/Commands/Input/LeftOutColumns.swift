import Contract

/// The columns that an import ignores because they are not mapped.
final class LeftOutColumns {
  private static let namesMax = 100

  private var names: [String] = []
  /// Columns that templates use, and that no row has had so far.
  private var awaited: Set<String>

  init(awaited: Set<String>) { self.awaited = awaited }

  /// Notes that there is a column with this name.
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
    Terminal.complain(.lines(["\(path): left out \(Notice.list(names))"] + Notice.warnings(names)))
  }
}

extension Notice {
  static func list(_ names: [String]) -> Notice {
    "\(names.count == 1 ? "the column" : "the columns") \(names.joined(separator: ", "))"
  }

  /// Warnings about columns that are left out.
  static func warnings(_ columns: [String]) -> [Notice] {
    let secrets = columns.filter { ColumnName.isSecret($0) }
    let shut = columns.filter { ColumnName.shutsOut($0) && !ColumnName.isSecret($0) }
    var lines: [Notice] = []
    if !secrets.isEmpty {
      lines.append(
        "Passwords and their hashes are not imported (\(secrets.joined(separator: ", "))): "
          + "people choose new ones, see --invite.")
    }
    if let first = shut.first {
      let example = ShellWord.quoted("is_blocked={\(first)}")
      lines.append(
        "People may be shut out by \(shut.joined(separator: ", ")): say so with --map "
          + "'status={…}', is_active, or \(example), where a time is the end of a ban.")
    }
    return lines
  }
}
