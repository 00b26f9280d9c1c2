import Contract
import UserMethods
import Users

/// How the columns of a file become columns of an account, by the options.
struct Mapping {
  /// A column of an account.
  enum Target: Hashable {
    /// The index of a column in `fields`.
    case field(Int)
    /// A field of its metadata.
    case metadata(String)
  }

  /// All columns that an import accepts.
  static let fields = Importer<MemoryUserStore>.fields

  private(set) var rules: [(target: Target, templates: [Template])] = []
  private var constants: Set<Target> = []
  var ignoresUnknown = false

  var isEmpty: Bool { rules.isEmpty && !ignoresUnknown }

  /// Columns that templates use, and that hold passwords or other secrets.
  var secrets: [String] {
    rules.flatMap(\.templates).flatMap(\.columns).filter { ColumnName.isSecret($0) }
  }

  /// Adds `COLUMN=TEMPLATE`. If a column has several, the first that is not empty counts.
  mutating func addMap(_ word: String) throws {
    let (target, value) = try Self.parts(of: word, "--map")
    add(try Template(value), to: target)
  }

  /// Adds `COLUMN=VALUE` for every row; without a value the column is left empty.
  mutating func addSet(_ word: String) throws {
    let (target, value) = try Self.parts(of: word, "--set")
    rules.removeAll { $0.target == target }
    rules.append((target, [Template(constant: value)]))
    constants.insert(target)
  }

  private mutating func add(_ template: Template, to target: Target) {
    if constants.contains(target) { return }
    guard let at = rules.firstIndex(where: { $0.target == target }) else {
      rules.append((target, [template]))
      return
    }
    rules[at].templates.append(template)
  }

  private static func parts(of word: String, _ option: String) throws -> (Target, String) {
    let parts = word.parts(at: "=", countMax: 2)
    guard parts.count == 2 else {
      throw UsageError(
        "\(option) is followed by COLUMN=…, and not by \(word)\n--set COLUMN= leaves a column empty."
      )
    }
    guard let target = target(parts[0]) else {
      throw UsageError(
        "an account has no column \(parts[0])\(suggestion(parts[0]))\nThere are "
          + "\(fields.map(\.name).joined(separator: ", ")) and metadata.NAME.")
    }
    return (target, parts[1])
  }

  /// The column of an account with this name.
  static func target(_ name: String) -> Target? {
    let key = ColumnName.key(name)
    if let at = fields.firstIndex(where: { $0.name == key || $0.alias == key }) {
      return .field(at)
    }
    guard key.begins(with: "metadata."), key.utf8.count > 9 else { return nil }
    let trimmed = name.unicodeScalars.drop { $0.properties.isWhitespace || $0 == "\u{FEFF}" }
    return .metadata(String(String.UnicodeScalarView(trimmed.dropFirst(9))))
  }

  /// Whether the column can disable an account.
  static func shutsOut(_ target: Target) -> Bool {
    guard case .field(let at) = target else { return false }
    return ["status", "is_active", "is_blocked", "deleted_at"].contains(fields[at].name)
  }

  static func suggestion(_ name: String) -> Notice {
    // A short name is similar to many names.
    if name.utf8.count < 4 { return "" }
    let known = fields.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
    return Spelling.nearest(to: ColumnName.key(name), in: known).map { " (did you mean \($0)?)" }
      ?? ""
  }
}
