/// Where and why a text is not JSON (RFC 8259).
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// In bytes from the start of the text.
  public let offset: Int
  public let reason: String

  public var description: String { "\(reason) at byte \(offset)" }

  static let loneSurrogate = "a lone surrogate"
}
