public import Foundation

/// A conversation as data: what a client writes, and every line that it gets back.
///
///     # a comment
///     = name text        `<name>` stands for this text from here on
///     @ name text        writes the text to a file that only its owner can read; `{name}` stands
///                        for its path from here on
///     ! words            runs `roster words` to its end, which must be well
///     $ serve words      starts a server; the one before is closed, and must end well
///     > text             is sent, with a line feed
///     >> text            is sent without one
///     .                  closes the input; nothing can be sent after it
///     < text             is the next line that comes back
///
/// In what is sent, `\xFF` is that byte and `<7*text>` is seven times the text. In words, `{store}`
/// stands for the store that the transcript runs with and `{policy}` for the path of
/// `examples/policy.json`. In what comes back, `<name>` is a value (a string with its quotes, which
/// may be escaped, or anything up to the next comma or bracket) that is remembered under this name,
/// and must be the same everywhere; `<any>` is not remembered, in a text under a name neither. Words
/// and files leave such a value's quotes out.
///
/// `<...>` stands among the fields of an object for one or more of them, whatever they are: all up
/// to the one that is written next, and where none is, all up to the end of this object. In a JSON
/// text that is itself a string it does so too. So a step shows what it is about: `{"id":<bo>,<...>}`.
/// Where something must not be there all is written out.
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

  /// All of it up to where another process comes in: a memory store is one process's own. nil if
  /// that is from the start.
  public var ofOneProcess: Transcript? {
    var starts = 0
    let mine = steps.prefix { entry in
      if case .start = entry.step { starts += 1 }
      if case .command = entry.step { return false }
      return starts < 2
    }
    return starts == 0 ? nil : Transcript(name: name, steps: Array(mine))
  }

  /// Whether a memory store will do for all of it.
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

/// Texts under names, and what they stand for.
struct Bindings {
  private var texts: [String: String] = [:]

  subscript(name: String) -> String? {
    get { texts[name] }
    set { texts[name] = newValue }
  }

  /// The bytes that a line to send stands for.
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

  /// Whether a line is what was expected; remembers values that had no name yet.
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

/// Reads fields of an object as Roster writes them, without spaces. In a text that is itself a
/// string each of its quotes and backslashes has a backslash before it.
private struct Fields {
  static let sign = "<...>"

  private var rest: Substring.UnicodeScalarView
  private let isInString: Bool

  /// What is left of a line after a sign; nil where no whole member stands. The pattern goes on with
  /// a member that is written, which ends what the sign stands for, or with the object's end.
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

  /// The next character of the JSON text; nil at the end of the string that it stands in.
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
