import Contract
import JSON

/// Columns that an account does not have, all together.
struct StrangeColumns {
  /// Enough rows were looked at.
  struct Enough: Error {}

  private static let namesMax = 100

  private var names: [String] = []
  var rows = 0

  mutating func add(_ name: String) {
    if names.count < Self.namesMax, !names.contains(name) { names.append(name) }
  }

  var isEmpty: Bool { names.isEmpty }

  func refusal(of path: String) -> CommandError {
    let told = names.map { name -> Notice in "\(name)\(Mapping.suggestion(name))" }
    let secrets = names.filter { ColumnName.isSecret($0) }
    let others = names.filter { !ColumnName.isSecret($0) }
    let isName = { (name: String) in ColumnName.key(name).ends(with: "name") }
    let example =
      others.first(where: isName).map { "name={\($0)}" }
      ?? "COLUMN={\(others.first ?? "Full Name")}"
    var wayOut: [Notice] = [
      """
      Say what becomes of them, such as --map \(ShellWord.quoted(example)), or leave them out \
      with --ignore-unknown. Nothing was imported.
      """
    ]
    if !secrets.isEmpty { wayOut.append(.passwordsStay(secrets)) }
    return CommandError(
      "\(path) has columns that an account does not have: \(Notice.joined(told))",
      .lines(wayOut))
  }
}

extension Failure {
  /// Of a row that has columns which those before it have not.
  static func strangeColumns(_ names: [String]) -> Failure {
    let problems = names.map {
      Failure.Problem("/" + JSONPointer.escape($0), "is no column of an account")
    }
    return .invalidParams(problems)
  }
}

extension Notice {
  static func joined(_ notices: [Notice]) -> Notice {
    notices.dropFirst().reduce(notices.first ?? "") { $0 + ", " + $1 }
  }
}
