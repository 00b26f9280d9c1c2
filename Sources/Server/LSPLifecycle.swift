internal import JSON

/// The lifecycle of a language server, as editors' clients use it
/// (https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#lifeCycleMessages).
///
/// None of it is required: a request before `initialize` is answered.
struct LSPLifecycle {
  /// After `shutdown` only `exit` is accepted.
  private(set) var isShutDown = false
  /// Set by `exit`.
  private(set) var hasExited = false

  /// Answers a lifecycle message; false for any other message, and after `shutdown` for all but
  /// `exit`.
  /// Messages that are framed with headers (`isFramed`) come from editors.
  mutating func answer(
    _ name: JSONValue, _ params: JSONValue?, isFramed: Bool, into out: inout ByteBuffer
  ) -> Bool {
    if isShutDown, !name.equals("exit") { return false }
    if name.equals("initialize"), Self.isEditor(params, isFramed) {
      if let process = params?.field("processId")?.int { ShutdownSignal.watch(process) }
      out.append("{\"capabilities\":{}")
      out.field("serverInfo")
      out.append("{\"name\":\"roster\"")
      out.field("version")
      out.write(rosterVersion)
      out.append("}}")
      return true
    }
    if name.equals("shutdown") {
      isShutDown = true
    } else if name.equals("exit") {
      hasExited = true
    } else if !name.equals("initialized") {
      return false
    }
    out.append("null")
    return true
  }

  /// MCP has an `initialize` too; its params contain a protocol version.
  private static func isEditor(_ params: JSONValue?, _ isFramed: Bool) -> Bool {
    if params?.field("protocolVersion") != nil { return false }
    return isFramed || params?.field("processId") != nil || params?.field("rootUri") != nil
      || params?.field("rootPath") != nil
  }
}
