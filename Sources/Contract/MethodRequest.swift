/// What belongs to one request.
public protocol MethodRequest {
  /// Whether a param that is null counts as not given.
  var ignoresNulls: Bool { get }
}
