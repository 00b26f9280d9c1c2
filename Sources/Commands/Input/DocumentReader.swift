import Contract
import JSON

/// Reads the entries of a list within a JSON document, one after another.
///
/// Only one entry is in memory at a time. A text may hold several documents, such as pages.
struct DocumentReader {
  /// The lists that need no --at.
  private static let knownLists = [[], ["users"], ["Users"], ["Resources"]]
  private static let toldListsMax = 5

  enum Entry {
    case text(UnsafeBufferPointer<UInt8>)
    /// It has more bytes than a line may have, and is skipped.
    case tooLong

    var text: UnsafeBufferPointer<UInt8>? { if case .text(let text) = self { text } else { nil } }
  }

  private let stream: ByteStream
  private let wanted: [String]?
  /// Offsets in the stream's bytes: of the next byte, and of the entry that is being read.
  private var at = 0
  private var start: Int?
  private(set) var line = 1
  /// Whether the wanted pointer leads to an object: it is the only entry.
  private var isSingle = false
  /// Whether the last page says that there are more pages.
  private(set) var hasMore = false
  /// Other lists of objects that were found.
  private var others: [String] = []

  init(_ stream: ByteStream, pointer: [String]?) {
    self.stream = stream
    wanted = pointer
  }

  mutating func handOut(_ body: (Int, Entry) throws -> Void) throws {
    var number = 0
    var hasList = false
    var emptyLine: Int?
    while try skipSpace() != nil {
      let first = line
      if let depth = try find([]) {
        if let emptyLine { throw noList(inDocumentOf: emptyLine) }
        hasList = true
        while let entry = try isSingle ? entry() : nextEntry() {
          number += 1
          try body(number, entry)
          start = nil
          if isSingle { break }
        }
        try close(depth)
      } else {
        if hasList { throw noList(inDocumentOf: first) }
        emptyLine = emptyLine ?? first
      }
    }
    if !hasList { throw noList() }
  }

  /// For example, one of several pages is an error message instead of a list.
  private func noList(inDocumentOf line: Int) -> CommandError {
    CommandError(
      "\(stream.name):\(line): the document that begins here has no list at the path of the others",
      "Check the file. The rows before it are kept, and another run skips them.")
  }

  // MARK: Finding the list

  /// Searches the value that begins here. Stops after the opening bracket of the wanted list, and
  /// returns how many brackets are open around the list; nil if the list is not in the value.
  private mutating func find(_ path: [String]) throws -> Int? {
    guard let byte = try skipSpace(), path.count < JSONParser.depthMax else { throw broken() }
    if byte == UInt8(ascii: "["), wanted.map({ $0 == path }) ?? Self.knownLists.contains(path) {
      at += 1
      return path.count
    }
    if byte == UInt8(ascii: "{"), wanted == path {
      isSingle = true
      return path.count
    }
    switch byte {
    case UInt8(ascii: "{"): return try findInObject(path)
    case UInt8(ascii: "["): return try findInList(path)
    default:
      if path.isEmpty { throw broken() }
      try skipValue()
      return nil
    }
  }

  private mutating func findInObject(_ path: [String]) throws -> Int? {
    at += 1
    while true {
      switch try skipSpace() {
      case UInt8(ascii: "}")?:
        at += 1
        return nil
      case UInt8(ascii: ",")?: at += 1
      case UInt8(ascii: "\"")?:
        let key = try readString()
        guard try skipSpace() == UInt8(ascii: ":") else { throw broken() }
        at += 1
        if let depth = try find(path + [key]) { return depth }
      default: throw broken()
      }
    }
  }

  private mutating func findInList(_ path: [String]) throws -> Int? {
    at += 1
    if try skipSpace() == UInt8(ascii: "{"), others.count < Self.toldListsMax {
      let pointer = path.map { "/" + JSONPointer.escape($0) }.joined()
      if !others.contains(pointer) { others.append(pointer) }
    }
    var number = 0
    while true {
      switch try skipSpace() {
      case UInt8(ascii: "]")?:
        at += 1
        return nil
      case UInt8(ascii: ",")?: at += 1
      case nil: throw broken()
      default:
        let isOnTheWay = wanted.map { $0.starts(with: path + [String(number)]) } ?? false
        if isOnTheWay {
          if let depth = try find(path + [String(number)]) { return depth }
        } else {
          try skipValue()
        }
        number += 1
      }
    }
  }

  /// Reads the rest of the document after the list.
  private mutating func close(_ depth: Int) throws {
    var open = depth
    while open > 0 {
      switch try skipSpace() {
      case UInt8(ascii: "}")?, UInt8(ascii: "]")?:
        at += 1
        open -= 1
      case UInt8(ascii: ",")?, UInt8(ascii: ":")?: at += 1
      case UInt8(ascii: "\"")? where open == 1 && wanted == nil: try passField()
      case nil: throw broken()
      default: try skipValue()
      }
    }
  }

  /// Reads a field's name after the list. A second known list makes the choice ambiguous.
  private mutating func passField() throws {
    let key = try readString()
    guard try skipSpace() == UInt8(ascii: ":") else { return }
    at += 1
    let next = try skipSpace()
    if key == "has_more" { hasMore = next == UInt8(ascii: "t") }
    if next == UInt8(ascii: "["), Self.knownLists.contains([key]) {
      throw CommandError(
        "\(stream.name):\(line): there is another list at /\(key)",
        "Choose one with --at, or import each in turn. The rows before it are kept.")
    }
  }

  private func noList() -> CommandError {
    let pointers = others.map { "--at \($0.isEmpty ? "\"\"" : ShellWord.quoted($0))" }
    let lists: Notice =
      pointers.isEmpty
      ? "It has no list of objects." : "It has lists there: \(pointers.joined(separator: ", "))."
    let there = wanted == nil ? lists + " --at '' takes each object as an account." : lists
    let what: Notice =
      wanted.map { steps in
        let pointer = steps.map { "/" + JSONPointer.escape($0) }.joined()
        return "\(stream.name) has no list at \(pointer)"
      } ?? "\(stream.name) is one JSON document: name its list with --at /path"
    return CommandError(what, there)
  }

  // MARK: Reading

  private mutating func nextEntry() throws -> Entry? {
    while true {
      switch try skipSpace() {
      case UInt8(ascii: "]")?:
        at += 1
        return nil
      case UInt8(ascii: ",")?: at += 1
      case nil, UInt8(ascii: "}")?, UInt8(ascii: ":")?: throw broken()
      default: return try entry()
      }
    }
  }

  private mutating func entry() throws -> Entry {
    start = at
    try skipValue()
    guard let start else { return .tooLong }
    return .text(UnsafeBufferPointer(rebasing: stream.bytes[start..<at]))
  }

  /// Skips a value. Its syntax is checked later, when the entry is parsed.
  private mutating func skipValue() throws {
    var depth = 0
    if let byte = try peek(), ",:}]".utf8.contains(byte) { throw broken() }
    while let byte = try peek() {
      switch byte {
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
        at += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D:
        if depth == 0 { return }
        if byte == 0x0A { line += 1 }
        at += 1
      default: at += 1
      }
      if depth == 0, byte == UInt8(ascii: "\"") || byte | 0x20 == UInt8(ascii: "}") { return }
    }
    throw broken()
  }

  private mutating func skipString() throws {
    at += 1
    while let byte = try peek() {
      at += 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == 0x0A { line += 1 }
      if byte == UInt8(ascii: "\\") {
        guard try peek() != nil else { break }
        at += 1
      }
    }
    throw broken()
  }

  private mutating func readString() throws -> String {
    start = at
    try skipString()
    guard let from = start else { throw broken() }
    start = nil
    var parser = JSONParser()
    do {
      return try parser.parse(UnsafeBufferPointer(rebasing: stream.bytes[from..<at])).string ?? ""
    } catch {
      throw broken()
    }
  }

  private mutating func skipSpace() throws -> UInt8? {
    while let byte = try peek() {
      guard byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return byte }
      if byte == 0x0A { line += 1 }
      at += 1
    }
    return nil
  }

  private mutating func peek() throws -> UInt8? {
    while at == stream.bytes.count {
      if let from = start, at - from > Lines.bytesMax { start = nil }
      stream.removeFirst(start ?? at)
      at -= start ?? at
      if start != nil { start = 0 }
      if try !stream.fill() { return nil }
    }
    return stream.bytes[at]
  }

  private func broken() -> CommandError {
    CommandError(
      "\(stream.name):\(line): is not valid JSON from here on, or is cut off",
      "Check that the file is complete. The rows before it are kept, and another run skips them.")
  }
}
