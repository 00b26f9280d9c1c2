import Contract
import JSON

/// Collects the unknown columns of a file.
struct UnknownColumns {
  /// Thrown when enough rows were inspected.
  struct Enough: Error {}

  private static let namesMax = 100
  private static let rowsMax = 1000
  private static let bytesMax = 16 << 20

  private var names: [String] = []
  private var (rows, bytes) = (0, 0)

  mutating func add(_ name: String) {
    if names.count < Self.namesMax, !names.contains(name) { names.append(name) }
  }

  mutating func endRow(_ count: Int) throws(Enough) {
    rows += 1
    bytes += count
    if rows == Self.rowsMax || bytes > Self.bytesMax { throw Enough() }
  }

  var isEmpty: Bool { names.isEmpty }

  func refusal(of path: String) -> CommandError {
    let told = names.map { name -> Notice in "\(name)\(Mapping.suggestion(name))" }
    // Braces, and a slash at the start, have another meaning in a template.
    let others = names.filter { name in
      !ColumnName.isSecret(name) && !name.begins(with: "/")
        && !name.utf8.contains { "{}".utf8.contains($0) }
    }
    let isName = { (name: String) in ColumnName.key(name).ends(with: "name") }
    let example =
      others.first(where: isName).map { "name={\($0)}" } ?? others.first.map { "COLUMN={\($0)}" }
    let map: Notice =
      example.map { "Map them, such as with --map \(ShellWord.quoted($0)), or leave" }
      ?? "Leave"
    let wayOut: [Notice] = [
      map + " them out with --ignore-unknown. Nothing was imported."
    ]
    return CommandError(
      "\(path) has columns that an account does not have: \(Notice.joined(told))",
      .lines(wayOut + Notice.warnings(names)))
  }
}

extension Failure {
  /// The failure of a row with unknown columns that the first row did not have.
  static func strangeColumns(_ names: [String]) -> Failure {
    let problems = names.map { name in
      let more = ColumnName.isSecret(name) ? ", and passwords are not imported" : ""
      return Failure.Problem(
        "/" + JSONPointer.escape(name), "is no column of an account" + more)
    }
    return .invalidParams(problems)
  }
}

extension Notice {
  static func joined(_ notices: [Notice]) -> Notice {
    notices.dropFirst().reduce(notices.first ?? "") { $0 + ", " + $1 }
  }
}
