public import Contract
public import JSON

/// A method that agents get as a tool, with what each call has to know of it.
struct Tool<Gate: Gatekeeper> {
  let name: String
  let method: Method<Gate>
  let isWrapped: Bool

  init(_ method: Method<Gate>) {
    name = method.about.toolName
    self.method = method
    isWrapped = method.about.result.isWrapped
  }
}

/// A call of a tool: which method is to run with which params, and how its outcome is told.
public struct ToolCall<Gate: Gatekeeper> {
  public var method: Method<Gate> { tool.method }
  public let arguments: JSONValue?
  private let writeHead: (inout ByteBuffer) -> Void
  private let tool: Tool<Gate>
  /// All that there are.
  private let tools: [Tool<Gate>]

  init(
    tool: Tool<Gate>, of tools: [Tool<Gate>], arguments: JSONValue?,
    writeHead: @escaping (inout ByteBuffer) -> Void
  ) {
    self.tool = tool
    self.tools = tools
    self.arguments = arguments
    self.writeHead = writeHead
  }

  private static var wrapping: StaticString { "{\"result\":" }

  /// Starts the result; what the method answers follows, then `end`.
  public func begin(into out: inout ByteBuffer) {
    out.append("{")
    writeHead(&out)
    out.member("structuredContent")
    if tool.isWrapped { out.append(Self.wrapping) }
  }

  /// Ends the result: the answer, which starts at `start`, is told as text too. `gaps` are places in
  /// it where something will be put in later; returns where they are in the text.
  public func end(from start: Int, gaps: [Int], into out: inout ByteBuffer) -> [Int] {
    var from = start
    if tool.isWrapped {
      out.append("}")
      from -= Self.wrapping.utf8CodeUnitCount
    }
    let text = Array(out.bytes[from...])
    out.append(",\"content\":[{\"type\":\"text\",\"text\":\"")
    var places: [Int] = []
    var at = 0
    for gap in gaps.map({ $0 - from }) + [text.count] {
      text[at..<gap].withUnsafeBufferPointer { out.append(escaping: $0) }
      places.append(out.count)
      at = gap
    }
    out.append("\"}]}")
    return places.dropLast()
  }

  /// Writes the whole result of a call that was refused.
  public func refuse(_ failure: Failure, into out: inout ByteBuffer) {
    out.append("{")
    writeHead(&out)
    out.member("content")
    out.append("[{\"type\":\"text\",\"text\":")
    let names = tools.map { (method: $0.method.about.name.description, tool: $0.name) }
    out.write(failure.advice(naming: names))
    out.append("}]")
    out.member("isError")
    out.append("true}")
  }
}

extension Failure {
  /// What went wrong and what to do about it, for a model that knows `tools`.
  func advice(naming tools: [(method: String, tool: String)]) -> String {
    let word = reason.map { "\(kind.rawValue), \($0)" } ?? kind.rawValue
    var lines = ["\(message) (\(word))"]
    if !problems.isEmpty {
      let count = problems.count == 1 ? "This is" : "These are"
      lines = ["\(count) wrong with the arguments (\(word)):"]
      lines += problems.map { "- \($0.pointer.isEmpty ? "arguments" : $0.pointer): \($0.message)" }
      lines.append("Correct this and call the tool again; nothing was done.")
    } else {
      lines.append(Self.naming(tools, in: hint))
    }
    if isRetryable { lines.append("The same call may succeed later.") }
    return lines.joined(separator: "\n")
  }

  /// The same words, with methods that are tools called by their names as those. A command line, which
  /// is for the people around the model, stays as it is.
  private static func naming(_ tools: [(method: String, tool: String)], in hint: String) -> String {
    let words = hint.parts(at: " ")
    return words.indices.map { at in
      let word = words[at]
      let name = String(
        word.unicodeScalars.prefix {
          "_.".unicodeScalars.contains($0) || $0.properties.isAlphabetic
        })
      let isCommand = at > 0 && words[at - 1] == "call"
      let method = name.ends(with: ".") ? String(name.unicodeScalars.dropLast()) : name
      guard !isCommand, let known = tools.first(where: { $0.method == method }) else { return word }
      return known.tool + (word.behind(method) ?? "")
    }.joined(separator: " ")
  }
}
