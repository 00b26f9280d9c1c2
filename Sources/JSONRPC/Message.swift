public import JSON

/// One JSON-RPC 2.0 message as it came in (https://www.jsonrpc.org/specification).
///
/// A closed sum type, so that a notification can't hold an id and an invalid message can't be run.
public enum Message {
  case request(id: RequestID, method: JSONValue, params: JSONValue?)
  case notification(method: JSONValue, params: JSONValue?)
  /// The response to a request that was sent to the client; its result is nil for an error.
  case response(id: JSONValue?, result: JSONValue?)
  /// Not a valid request; `id` is the id that could still be read.
  case invalid(id: RequestID?, reason: String)

  public init(_ value: JSONValue) {
    guard value.kind == .object else {
      self = .invalid(id: nil, reason: "A request is a JSON object.")
      return
    }
    self = Envelope(value).message
  }

  /// A request with params; nil if a value has the wrong kind.
  init?(id: JSONValue, method: JSONValue, params: JSONValue) {
    guard let id = RequestID(id), method.kind == .string, params.canBeParams else { return nil }
    self = .request(id: id, method: method, params: params)
  }
}

extension JSONValue {
  /// Whether it may be the params of a request.
  fileprivate var canBeParams: Bool { kind == .object || kind == .array || kind == .null }
}

/// The fields of a request object, before they are validated.
private struct Envelope {
  private var version: JSONValue?
  private var id: JSONValue?
  private var method: JSONValue?
  private var params: JSONValue?
  private var result: JSONValue?
  private var isError = false
  /// The first field name that occurs a second time.
  private let duplicate: JSONValue?

  init(_ value: JSONValue) {
    var isPlain = true
    for (key, field) in value.fields {
      let isFirst: Bool
      if key.equals("jsonrpc") {
        isFirst = version == nil
        version = field
      } else if key.equals("id") {
        isFirst = id == nil
        id = field
      } else if key.equals("method") {
        isFirst = method == nil
        method = field
      } else if key.equals("params") {
        isFirst = params == nil
        params = field
      } else {
        isFirst = false
        if key.equals("result") { result = field } else if key.equals("error") { isError = true }
      }
      isPlain = isPlain && isFirst
    }
    // A plain request has each of the four fields at most once, and no other.
    duplicate = isPlain ? nil : value.ownDuplicate()
  }

  var message: Message {
    let requestID = id.flatMap { RequestID($0) }
    if let duplicate {
      // If the id occurs twice, neither of the two can be used.
      return .invalid(
        id: duplicate.equals("id") ? nil : requestID,
        reason: "The field \"\(duplicate.string ?? "")\" occurs twice.")
    }
    if id != nil, requestID == nil {
      return .invalid(id: nil, reason: "\"id\" must be a string, a number or null.")
    }
    guard let version, version.equals("2.0") else {
      return .invalid(id: requestID, reason: "\"jsonrpc\" must be \"2.0\".")
    }
    if result != nil || isError, method == nil {
      return .response(id: id, result: isError ? nil : result)
    }
    guard let method, method.kind == .string else {
      return .invalid(id: requestID, reason: "\"method\" must be a string.")
    }
    if let params, !params.canBeParams {
      return .invalid(id: requestID, reason: "\"params\" must be an object or an array.")
    }
    guard let requestID else { return .notification(method: method, params: params) }
    return .request(id: requestID, method: method, params: params)
  }
}

extension JSONValue {
  /// The first string of a message, or of a batch, that contains a lone surrogate and is not in the
  /// params of a request.
  public var loneSurrogateOutsideParams: JSONValue? {
    switch kind {
    case .array:
      return elements.lazy.compactMap(\.loneSurrogateInRequest).first
    default: return loneSurrogateInRequest
    }
  }

  private var loneSurrogateInRequest: JSONValue? {
    guard kind == .object else { return firstLoneSurrogate() }
    for (key, value) in fields {
      if let found = key.firstLoneSurrogate() { return found }
      if !key.equals("params"), let found = value.firstLoneSurrogate() { return found }
    }
    return nil
  }
}
