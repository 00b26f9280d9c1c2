public import Contract
public import JSON

/// A tool call: the method and arguments to run, and how the outcome is written.
public struct ToolCall {
  /// The position of the method in the catalogue.
  public var methodIndex: Int { tool.methodIndex }
  public var name: String { tool.name }
  public let arguments: JSONValue?
  public let asking: AskingWay
  /// The `requestState` that the client returned, and the person's answer if it sent one; nil if
  /// the call contains no `requestState`.
  public let answered: (state: String, answer: PersonsAnswer?)?
  /// Writes the server's info; nil in the older era, in which results don't contain it.
  private let writeInfo: ((inout ByteBuffer) -> Void)?
  private let tool: Tool
  private let names: ToolNames

  init(
    tool: Tool, names: ToolNames, arguments: JSONValue?, asking: AskingWay,
    answered: (state: String, answer: PersonsAnswer?)?,
    writeInfo: ((inout ByteBuffer) -> Void)?
  ) {
    self.tool = tool
    self.names = names
    self.arguments = arguments
    self.asking = asking
    self.answered = answered
    self.writeInfo = writeInfo
  }

  private static var wrapping: StaticString { "{\"result\":" }

  private func beginResult(into out: inout ByteBuffer) {
    out.append("{")
    if writeInfo == nil { return }
    out.field("resultType")
    out.write("complete")
  }

  private func endResult(isLong: Bool, into out: inout ByteBuffer) {
    if writeInfo != nil || isLong {
      out.field("_meta")
      out.append("{")
      if let writeInfo {
        out.field("io.modelcontextprotocol/serverInfo")
        writeInfo(&out)
      }
      if isLong { LengthLimit.write(into: &out) }
      out.append("}")
    }
    out.append("}")
  }

  /// Starts the result; append the method's result, then call `end`.
  public func begin(into out: inout ByteBuffer) {
    beginResult(into: &out)
    out.field("structuredContent")
    if tool.isWrapped { out.append(Self.wrapping) }
  }

  /// Ends the result, repeating the method's result, which starts at `start`, as text. `gaps` are
  /// offsets in it at which text will be inserted later; returns the same offsets in the copy.
  public func end(from start: Int, gaps: [Int], into out: inout ByteBuffer) -> [Int] {
    var from = start
    if tool.isWrapped {
      out.append("}")
      from -= Self.wrapping.utf8CodeUnitCount
    }
    let end = out.count
    out.append(",\"content\":[{\"type\":\"text\",\"text\":\"")
    var offsets: [Int] = []
    var at = from
    for gap in gaps {
      out.append(escapingOwn: at..<gap)
      offsets.append(out.count)
      at = gap
    }
    out.append(escapingOwn: at..<end)
    out.append("\"}]")
    endResult(isLong: out.count - from > LengthLimit.usualCount, into: &out)
    return offsets
  }

  /// Writes the whole result of a refused call; `more` is appended to the advice unchanged.
  public func refuse(_ failure: Failure, _ more: String? = nil, into out: inout ByteBuffer) {
    let start = out.count
    beginResult(into: &out)
    out.field("content")
    out.append("[{\"type\":\"text\",\"text\":")
    out.write(failure.advice(naming: names) + (more.map { "\n" + $0 } ?? ""))
    out.append("}]")
    out.field("isError")
    out.append("true")
    endResult(isLong: out.count - start > LengthLimit.usualCount, into: &out)
  }

  /// Writes the whole result of a call that the client must repeat with a person's answer and
  /// `state` (https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).
  public func ask(_ question: String, state: String, into out: inout ByteBuffer) {
    out.append("{\"resultType\":\"input_required\",\"inputRequests\":{\"confirmation\":{")
    out.append("\"method\":\"")
    out.append(Elicitation.method)
    out.append("\",\"params\":")
    Elicitation.write(question, into: &out)
    out.append("}},\"requestState\":")
    out.write(state)
    out.append("}")
  }
}

extension Failure {
  /// A model would not fix more problems at once.
  private static var toldProblemsMax: Int { 50 }

  /// The error and its remedy, for a model that knows methods by the names in `tools`.
  func advice(naming tools: ToolNames) -> String {
    let word = reason.map { "\(kind.rawValue), \($0)" } ?? kind.rawValue
    var lines = ["\(message) (\(word))"]
    if !problems.isEmpty {
      let count = problems.count == 1 ? "This is" : "These are"
      lines = ["\(count) wrong with the arguments (\(word)):"]
      lines += problems.prefix(Self.toldProblemsMax).map {
        "- \($0.pointer.isEmpty ? "arguments" : $0.pointer): \($0.message)"
      }
      if problems.count > Self.toldProblemsMax {
        lines.append("- and \(problems.count - Self.toldProblemsMax) more")
      }
      lines.append("Correct this and call the tool again; nothing was done.")
    } else {
      lines.append(tools.applied(to: hint))
    }
    if isRetryable { lines.append("The same call may succeed later.") }
    return lines.joined(separator: "\n")
  }
}
