import Contract
import JSON

/// A text with placeholders for columns: `{First Name} {Last Name}`. `{/emails/0/value}` is a value
/// within a column of JSON.
struct Template {
  enum Part {
    case text(String)
    case column(String)
    case pointer([String])
  }

  let parts: [Part]

  init(constant text: String) { parts = text.isEmpty ? [] : [.text(text)] }

  init(_ text: String) throws {
    var parts: [Part] = []
    for (at, piece) in text.parts(at: "{").enumerated() {
      if at == 0 {
        if !piece.isEmpty { parts.append(.text(piece)) }
        continue
      }
      let halves = piece.parts(at: "}", countMax: 2)
      guard halves.count == 2, !halves[0].isEmpty else {
        throw UsageError("\(text) has a { without a column and a } after it")
      }
      if halves[0].begins(with: "/"), let steps = JSONPointer.steps(halves[0]) {
        parts.append(.pointer(steps))
      } else {
        parts.append(.column(ColumnName.key(halves[0])))
      }
      if !halves[1].isEmpty { parts.append(.text(halves[1])) }
    }
    self.parts = parts
  }

  /// The columns that the template uses.
  var columns: [String] {
    parts.compactMap { part in
      switch part {
      case .text: nil
      case .column(let name): name
      case .pointer(let steps): steps.first.map(ColumnName.key)
      }
    }
  }

  /// The text for a row; nil if all its columns are empty.
  func value(_ find: (Part) -> Cell?) -> Cell? {
    if parts.count == 1, case .text(let text) = parts[0] { return .text(text) }
    if parts.count == 1 { return find(parts[0]).flatMap { $0.isEmpty ? nil : $0 } }
    var text = ""
    var isEmpty = true
    for part in parts {
      if case .text(let constant) = part {
        text += constant
      } else if let cell = find(part), !cell.isEmpty {
        text += cell.string
        isEmpty = false
      }
    }
    return isEmpty ? nil : .text(text)
  }
}
