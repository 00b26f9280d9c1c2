import Contract
import JSON
import Users

/// The records of a result as cells: the users or events of a page, the tokens of an account, the
/// outcomes of a bulk.
struct Records {
  /// The columns of a table if the call asks for no fields, the most important first.
  private static let standardColumns: [String: [StaticString]] = [
    "users": ["email", "name", "organization_id", "roles", "status", "id"],
    "events": ["seq", "at", "type", "email", "changes", "actor_id"],
    "tokens": ["name", "kind", "expires_at", "last_used", "scopes", "id"],
    "operations": ["operation", "outcome", "detail", "secret"],
  ]

  let name: String
  let list: JSONValue
  /// Whether the operations of a bulk were committed.
  private var isCommitted = true

  /// nil if the result has no records.
  init?(_ result: JSONValue) {
    if result.kind == .array {
      (name, list) = ("tokens", result)
    } else if let users = result.field("users") {
      (name, list) = ("users", users)
    } else if let events = result.field("events") {
      (name, list) = ("events", events)
    } else if let results = result.field("results") {
      (name, list) = ("operations", results)
      isCommitted = result.field("committed")?.bool ?? true
    } else {
      return nil
    }
  }

  /// The columns of a table; nil for those of the first record.
  private var columns: [String]? { Self.standardColumns[name]?.map(\.description) }

  /// The names of the columns, and a row for each record. `asked` are the columns to show.
  func table(_ asked: [String]?) -> [[String]] {
    if name == "operations" {
      let rows = [columns ?? []] + operations
      let hasSecrets = operations.contains { !($0.last ?? "").isEmpty }
      return hasSecrets ? rows : rows.map { $0.dropLast() }
    }
    let first = list.elements.first { _ in true }
    let own = first?.fields.map { $0.key.string ?? "" } ?? []
    // A record has the fields that the call asked for, in the order of the record.
    let standard = columns.map { $0.filter { own.isEmpty || own.contains($0) } }
    let names = asked ?? standard ?? own
    return [names]
      + list.elements.map { record in
        let cells = Dictionary(
          record.fields.map { ($0.key.string ?? "", $0.value.cell(of: $0.key.string ?? "")) }
        ) { first, _ in first }
        return names.map { cells[$0] ?? "" }
      }
  }

  /// All fields of these records, for a list that has none; nil if they are not known.
  var allColumns: [String]? {
    switch name {
    case "users": UserView.describedFields.map(\.name)
    case "events": ResultDescriber.fields(of: Event.self).map(\.name)
    default: nil
    }
  }

  /// For each operation of a bulk its number, its outcome, the account or the message, and the
  /// secret that is shown only once.
  private var operations: [[String]] {
    list.elements.enumerated().map { at, entry in
      if let error = entry.field("error") {
        return ["\(at)", error.word, error.field("message")?.string ?? "", ""]
      }
      let result = entry.field("result")
      let account = result?.field("email")?.string ?? result?.field("id")?.string
      return [
        "\(at)", isCommitted ? "done" : "not kept", account ?? "", result?.secret ?? "",
      ]
    }
  }
}

extension JSONValue {
  /// An error as one word for people: `409 email_taken`.
  var word: String {
    let data = field("data")
    let name = data?.field("reason")?.string ?? data?.field("kind")?.string ?? ""
    return "\(field("code")?.compact ?? "") \(name)"
  }

  /// The API token, invitation, reset or temporary password in a result.
  fileprivate var secret: String? {
    if let token = field("token")?.string { return token }
    return field("one_time")?.fields.first { $0.key.string != "expires_at" }?.value.string
  }

  /// The value of a column as text for people.
  fileprivate func cell(of column: String) -> String {
    if column == "changes" { return fields.map { $0.key.string ?? "" }.joined(separator: ", ") }
    return cell
  }

  /// The value as text for people.
  var cell: String {
    switch kind {
    case .null: ""
    case .string: (string ?? "").showingControls()
    case .array: elements.map(\.cell).joined(separator: ", ")
    default: compact.showingControls()
    }
  }
}
