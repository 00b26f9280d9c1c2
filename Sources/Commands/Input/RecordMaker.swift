import Contract
import JSON

/// Makes records from the rows of a file, by a `Mapping`.
struct RecordMaker {
  /// How a column is used under its own name.
  enum Use {
    case taken(Mapping.Target)
    /// A template uses it, or another rule replaces it.
    case spent
    case unknown
  }

  private let mapping: Mapping
  private let targets: Set<Mapping.Target>
  /// The columns that templates use.
  let columns: Set<String>
  /// Columns that a rule copies to the metadata. They are not also imported under their own names,
  /// unless they can disable accounts.
  private let moved: Set<String>

  init(_ mapping: Mapping) {
    self.mapping = mapping
    targets = Set(mapping.rules.map(\.target))
    columns = Set(mapping.rules.flatMap(\.templates).flatMap(\.columns))
    var moved: Set<String> = []
    for case (.metadata, let templates) in mapping.rules {
      for template in templates {
        if template.parts.count == 1, case .column(let name) = template.parts[0] {
          moved.insert(name)
        }
      }
    }
    self.moved = moved
  }

  func use(of column: String) -> Use {
    let key = ColumnName.key(column)
    let own = Mapping.target(column)
    if moved.contains(key), !(own.map(Mapping.shutsOut) ?? false) { return .spent }
    if let target = own {
      return targets.contains(target) ? .spent : .taken(target)
    }
    return columns.contains(key) || key.isEmpty ? .spent : .unknown
  }

  /// The columns that templates use and `names` does not contain.
  func missing(from names: [String]) -> [String] {
    columns.subtracting(names.map(ColumnName.key)).sorted()
  }

  /// Writes the record: columns taken as they are, and the results of templates.
  func write(
    _ own: [(target: Mapping.Target, cell: Cell)], into out: inout ByteBuffer,
    _ find: (Template.Part) -> Cell?
  ) {
    var metadata: Cell?
    var extras: [(key: String, cell: Cell)] = []
    out.append("{")
    func write(_ target: Mapping.Target, _ cell: Cell) {
      switch target {
      case .field(let at) where Mapping.fields[at].name == "metadata": metadata = cell
      case .field(let at): out.write(field: Mapping.fields[at], cell)
      case .metadata(let key): extras.append((key, cell))
      }
    }
    for (target, templates) in mapping.rules {
      for template in templates {
        guard let cell = template.value(find) else { continue }
        write(target, cell)
        break
      }
    }
    for (target, cell) in own where !cell.isEmpty { write(target, cell) }
    writeMetadata(metadata, extras, into: &out)
    out.append("}")
  }

  private func writeMetadata(
    _ base: Cell?, _ extras: [(key: String, cell: Cell)], into out: inout ByteBuffer
  ) {
    if base == nil, extras.isEmpty { return }
    out.field("metadata")
    guard !extras.isEmpty else {
      out.write(base ?? .text("{}"), as: .freeObject)
      return
    }
    var text = base?.string ?? "{}"
    let isWritten = text.withUTF8 { bytes in
      var parser = JSONParser()
      do {
        let old = try parser.parse(bytes)
        guard old.kind == .object else { return false }
        let names = Set(extras.map(\.key))
        out.append("{")
        for (key, value) in old.fields where !names.contains(key.string ?? "") {
          out.appendField(key)
          out.append(compact: value)
        }
        for (key, cell) in extras {
          out.field(key)
          out.write(value: cell)
        }
        out.append("}")
        return true
      } catch {
        return false
      }
    }
    // Validation of the record reports the error.
    if !isWritten { out.write(text) }
  }
}
