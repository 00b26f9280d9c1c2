/// The context of one request.
public protocol MethodRequest {
  /// Whether a null param counts as absent.
  var ignoresNulls: Bool { get }
}
