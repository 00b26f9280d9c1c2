import Contract
import JSON

/// Makes records of the rows of a file, as a `Mapping` says.
struct RecordMaker {
  /// What becomes of a column by itself.
  enum Use {
    case taken(Mapping.Target)
    /// A template has it, or something else stands in its place.
    case spent
    case unknown
  }

  private let mapping: Mapping
  private let targets: Set<Mapping.Target>
  /// Those that templates look at.
  let columns: Set<String>
  /// What goes to the metadata, and is not taken by its own name besides, unless it shuts people out.
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

  /// The columns that templates ask for, and these are not.
  func missing(from names: [String]) -> [String] {
    columns.subtracting(names.map(ColumnName.key)).sorted()
  }

  /// Writes the record: the columns that are taken as they are, and what templates make of others.
  func write(
    _ own: [(target: Mapping.Target, cell: Cell)], into out: inout ByteBuffer,
    _ find: (Template.Part) -> Cell?
  ) {
    var metadata: Cell?
    var extras: [(key: String, cell: Cell)] = []
    out.append("{")
    func write(_ target: Mapping.Target, _ cell: Cell) {
      switch target {
      case .member(let at) where Mapping.fields[at].name == "metadata": metadata = cell
      case .member(let at): out.write(member: Mapping.fields[at], cell)
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
    out.member("metadata")
    guard !extras.isEmpty else {
      out.write(base ?? .text("{}"), as: .map)
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
        for (key, value) in old.members where !names.contains(key.string ?? "") {
          out.appendMember(key)
          out.append(compact: value)
        }
        for (key, cell) in extras {
          out.member(key)
          out.write(value: cell)
        }
        out.append("}")
        return true
      } catch {
        return false
      }
    }
    // Whoever reads the record says what is wrong with it.
    if !isWritten { out.write(text) }
  }
}
