internal import Contract
internal import JSON
internal import JSONRPC
internal import MCP
internal import UserMethods
internal import Users

/// A tool call that waits for a person's answer.
struct Question {
  /// The id of the request that asks.
  let id: String
  /// The request that called the tool, and its id as it was received.
  let call: [UInt8]
  let callID: [UInt8]
  let text: String
  /// What the person agrees to by answering yes.
  let agreement: Agreement
  /// The deadline, by `Stopwatch.withSleepMs`.
  let endMs: Int

  /// Writes the request to the client.
  func write(into out: inout ByteBuffer) {
    out.beginRequest(Elicitation.method, id: id)
    Elicitation.write(text, into: &out)
    out.endRequest()
  }

  /// Tells the client that Roster no longer waits for the answer.
  func writeEnd(_ reason: StaticString, into out: inout ByteBuffer) {
    out.beginNotification("notifications/cancelled")
    out.append("{\"requestId\":")
    out.write(id)
    out.field("reason")
    out.write(reason.description)
    out.append("}")
    out.endNotification()
  }
}

extension Question {
  /// Passes the call to `body`; it is valid only during `body`.
  func withCall<R>(_ body: (Message) -> R) -> R {
    call.withUnsafeBufferPointer { bytes in
      var parser = JSONParser()
      do { return body(Message(try parser.parse(bytes))) } catch {
        // It was parsed successfully when it came.
        return body(.response(id: nil, result: nil))
      }
    }
  }
}
