public import Foundation

/// A conversation as data: the input of a server, and every line of its output.
///
///     # a comment
///     = name text        from here on `<name>` stands for this text
///     @ name text        writes the text to a file that only its owner can read; from here on
///                        `{name}` stands for its path
///     ! words            runs `roster words`, which must exit with 0
///     $ serve words      starts a server; the previous one is closed, and must exit with 0
///     > text             sends the text and a line feed
///     >> text            sends the text without a line feed
///     .                  closes the input; nothing can be sent after it
///     < text             expects the text as the next line of output
///
/// In sent text, `\xFF` is that byte and `<7*text>` is seven times the text. In words, `{store}`
/// stands for the store of this run and `{policy}` for the path of `examples/policy.json`. In
/// expected lines, `<name>` matches a value: a string with its quotes, which may be escaped, or
/// anything up to the next comma or bracket. The value is stored under this name and must be the
/// same everywhere. `<any>` matches any value and stores none, also in a named text. Words and files
/// use such a value without its quotes.
///
/// `<...>` in an object matches one or more fields: all up to the field that follows it in the
/// pattern, or else all up to the end of the object. It also works in JSON text inside a string. So
/// a step shows only the fields that it is about: `{"id":<bo>,<...>}`. A step that proves the
/// absence of a field has to list all fields.
public struct Transcript: Sendable, CustomStringConvertible {
  enum Step: Sendable {
    case define(name: String, text: String)
    case keep(file: String, text: String)
    case command([String])
    case start([String])
    case send(String, hasLineFeed: Bool)
    case close
    case expect(String)
  }

  public let name: String
  let steps: [(line: Int, step: Step)]

  private init(name: String, steps: [(line: Int, step: Step)]) {
    self.name = name
    self.steps = steps
  }

  public init(name: String, _ text: String) throws {
    self.name = name
    steps = try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .compactMap { at, line in
        try Self.step(String(line)).map { (at + 1, $0) }
      }
  }

  public var description: String { name }

  /// All transcripts of a folder.
  public static func all(in folder: URL) throws -> [Transcript] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "txt" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .map {
        try Transcript(
          name: $0.deletingPathExtension().lastPathComponent,
          String(contentsOf: $0, encoding: .utf8))
      }
  }

  /// The steps before the first that needs a second process, because a memory store belongs to one
  /// process; nil if no server is started before.
  public var ofOneProcess: Transcript? {
    var starts = 0
    let mine = steps.prefix { entry in
      if case .start = entry.step { starts += 1 }
      if case .command = entry.step { return false }
      return starts < 2
    }
    return starts == 0 ? nil : Transcript(name: name, steps: Array(mine))
  }

  /// Whether a memory store is enough for all steps.
  public var needsNoFile: Bool { ofOneProcess?.steps.count == steps.count }

  private static func step(_ line: String) throws -> Step? {
    if line.isEmpty || line.hasPrefix("#") { return nil }
    let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let text = parts.count == 2 ? String(parts[1]) : ""
    switch parts[0] {
    case "=", "@":
      let words = text.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2 else { break }
      return parts[0] == "="
        ? .define(name: words[0], text: words[1]) : .keep(file: words[0], text: words[1])
    case "!": return .command(text.split(separator: " ").map(String.init))
    case "$": return .start(text.split(separator: " ").map(String.init))
    case ">": return .send(text, hasLineFeed: true)
    case ">>": return .send(text, hasLineFeed: false)
    case "<": return .expect(text)
    case ".": return .close
    default: break
    }
    throw TestFailure("not a line of a transcript: \(line)")
  }
}

/// Named texts, and the matching of lines with patterns that contain names.
struct Bindings {
  private var texts: [String: String] = [:]

  subscript(name: String) -> String? {
    get { texts[name] }
    set { texts[name] = newValue }
  }

  /// The bytes of a line to send, with its names and escapes replaced.
  func bytes(of line: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = line[...]
    while let mark = rest.firstIndex(where: { $0 == "<" || $0 == "\\" }) {
      bytes += rest[..<mark].utf8
      rest = rest[mark...]
      if let match = rest.prefixMatch(of: /<([0-9]+)\*([^>]*)>/), let count = Int(match.1) {
        bytes += String(repeating: String(match.2), count: count).utf8
        rest = rest[match.range.upperBound...]
      } else if let match = rest.prefixMatch(of: /\\x([0-9A-F]{2})/) {
        bytes.append(UInt8(match.1, radix: 16) ?? 0)
        rest = rest[match.range.upperBound...]
      } else if let match = rest.prefixMatch(of: /<([a-z][a-z0-9_]*)>/) {
        guard let text = texts[String(match.1)] else {
          throw TestFailure("nothing is known under the name \(match.1)")
        }
        bytes += text.utf8
        rest = rest[match.range.upperBound...]
      } else {
        bytes += String(rest.removeFirst()).utf8
      }
    }
    return bytes + rest.utf8
  }

  /// Whether a line matches a pattern; stores the values of new names.
  mutating func accept(_ line: String, expecting pattern: String) -> Bool {
    var (line, pattern) = (line[...], pattern[...])
    while let first = pattern.first {
      if pattern.hasPrefix(Fields.sign) {
        pattern = pattern.dropFirst(Fields.sign.count)
        guard let rest = Fields.skipped(in: line, before: pattern) else { return false }
        line = rest
      } else if first == "<", let match = pattern.prefixMatch(of: /<([a-z][a-z0-9_]*)>/) {
        let name = String(match.1)
        pattern = pattern[match.range.upperBound...]
        if let text = texts[name], text.contains("<any>") || text.contains(Fields.sign) {
          pattern = text[...] + pattern
        } else if let text = texts[name] {
          guard line.hasPrefix(text) else { return false }
          line = line.dropFirst(text.count)
        } else {
          guard
            let value = line.prefixMatch(
              of: /"(?:[^"\\]|\\.)*"|\\"[^"\\]*\\"|[^",\[\]{}]+/)
          else {
            return false
          }
          if name != "any" { texts[name] = String(value.0) }
          line = line[value.range.upperBound...]
        }
      } else {
        guard line.first == first else { return false }
        pattern = pattern.dropFirst()
        line = line.dropFirst()
      }
    }
    return line.isEmpty
  }
}

/// Reads fields of an object in the form that Roster writes, without spaces. In JSON text inside a
/// string, each quote and backslash has a backslash before it.
private struct Fields {
  static let sign = "<...>"

  private var rest: Substring.UnicodeScalarView
  private let isInString: Bool

  /// The rest of a line after the fields that a sign matches; nil if there is no whole field. The
  /// pattern continues with the next field, at which the match ends, or with the end of the object.
  static func skipped(in line: Substring, before pattern: Substring) -> Substring? {
    let next = pattern.prefixMatch(of: /,((?:"[^"\\<]+"|\\"[^"\\<]+\\"):)/).map { String($0.1) }
    guard next != nil || pattern.hasPrefix("}") else { return nil }
    var fields = Fields(rest: line.unicodeScalars, isInString: line.hasPrefix("\\"))
    var end: Substring?
    repeat {
      if let next, fields.rest.starts(with: next.unicodeScalars) { return end }
      guard fields.field() else { return nil }
      end = Substring(fields.rest)
    } while fields.take(",")
    return end
  }

  /// The next character of the JSON text; nil at the end of the string that contains it.
  private mutating func character() -> Unicode.Scalar? {
    guard isInString, let first = rest.first else { return rest.popFirst() }
    if first == "\"" { return nil }
    rest.removeFirst()
    return first == "\\" ? rest.popFirst() : first
  }

  private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    let before = rest
    if character() == wanted { return true }
    rest = before
    return false
  }

  private mutating func field() -> Bool { string() && take(":") && value() }

  private mutating func value() -> Bool {
    if take("{") { return list(to: "}") { $0.field() } }
    if take("[") { return list(to: "]") { $0.value() } }
    return string() || word()
  }

  private mutating func list(
    to end: Unicode.Scalar, _ entry: (inout Fields) -> Bool
  ) -> Bool {
    if take(end) { return true }
    repeat {
      guard entry(&self) else { return false }
    } while take(",")
    return take(end)
  }

  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while let character = character() {
      if character == "\"" { return true }
      if character == "\\", self.character() == nil { return false }
    }
    return false
  }

  /// A number, true, false or null.
  private mutating func word() -> Bool {
    let word = rest.prefix { !",]}".unicodeScalars.contains($0) }
    rest = rest[word.endIndex...]
    let form = /true|false|null|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/
    return String(word).wholeMatch(of: form) != nil
  }
}
